"""`BoostedFactors`: features by hand, and tastes that no product of few factors can express."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.learners import boosted_factors
from warmstart.learners._boosting import Boosting
from warmstart.learners._factor_features import factor_features, remember
from warmstart.learners._likeness import fit_likeness, likeness
from warmstart.learners._user_vector import UserVector
from warmstart.learners.boosted_factors import BoostedFactors
from warmstart.learners.latent_factors import LatentFactors
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, draw, gather
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

USERS, NEW_USERS, MAKERS, EACH, RATED, NOISE = 400, 100, 25, 6, 40, 0.3
ITEMS = MAKERS * EACH
SMALL = BoostedFactors(factors=2, min_rows=20, max_rounds=150, threads=1)


def rows(n: int, codes: np.ndarray | None = None) -> Rows:
    """Rows without numbers, and without codes where none are given."""
    return Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.int32) if codes is None else codes)


@pytest.fixture(scope="module")
def world() -> tuple[TaskArrays, TaskArrays]:
    """Known and new users: each likes every maker to a degree of their own, so a rating tells of that maker alone.

    Known users never rate the last item of each maker.
    """
    rng = np.random.default_rng(0)
    users = USERS + NEW_USERS
    maker = np.arange(ITEMS) % MAKERS
    taste = rng.normal(size=(users, MAKERS))
    known = ITEMS - MAKERS
    item = np.stack([rng.permutation(known if u < USERS else ITEMS)[:RATED] for u in range(users)])
    y = taste[np.arange(users)[:, None], maker[item]] + NOISE * rng.normal(size=item.shape)
    total = item.size
    every = TaskArrays(
        spec=Spec(Widths(codes=(MAKERS + 1,)), Widths(), "gaussian", items=ITEMS),
        offsets=np.arange(0, total + 1, RATED, dtype=np.int64),
        descriptor=rows(users),
        group=np.arange(users, dtype=np.int32),
        x=rows(total),
        item=item.ravel().astype(np.int32),
        y=y.ravel().astype(np.float32),
        weight=np.ones(total, np.float32),
        time=np.zeros(total, np.int64),
        offset=np.zeros(total, np.float32),
        catalogue=rows(ITEMS, 1 + maker[:, None].astype(np.int32)),
    )
    return every.take(np.arange(USERS)), every.take(np.arange(USERS, users))


@pytest.fixture(scope="module")
def params(world: tuple[TaskArrays, TaskArrays]) -> dict[str, Any]:
    """Fitted on the known users."""
    return SMALL.fit(world[0], Quiet())


@pytest.fixture(scope="module")
def batch(world: tuple[TaskArrays, TaskArrays]) -> Batch:
    """Twenty ratings of each new user are told, all others asked."""
    episodes = draw(world[1], "random", np.random.default_rng(1), shots=20, queries=RATED)
    return gather(world[1], episodes, 20)


class Quiet:
    """A context that listens to nobody."""

    seed = 0

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Say nothing."""


def answer(params: dict[str, Any], batch: Batch) -> Latent:
    """What is believed of the query."""
    return SMALL.predict(params, SMALL.adapt(params, batch.descriptor, batch.support), batch.query)


def test_tells_what_factors_cannot(params: dict[str, Any], batch: Batch) -> None:
    """A maker's other items say most of what is left over, of known and of new items alike."""
    model = LatentFactors(factors=2)
    state = model.adapt(params["factors"], batch.descriptor, batch.support)
    plain, said = model.predict(params["factors"], state, batch.query).mean, answer(params, batch).mean
    new = batch.query.item >= ITEMS - MAKERS
    for part in (new, ~new):
        told = (batch.mask > 0) & part
        assert ((said - batch.y)[told] ** 2).mean() < 0.8 * ((plain - batch.y)[told] ** 2).mean()


def test_intervals_hold(params: dict[str, Any], batch: Batch) -> None:
    """90 % intervals hold 85 to 95 % of the ratings."""
    said, asked = answer(params, batch), batch.mask > 0
    inside = np.abs(said.mean - batch.y) < 1.645 * np.sqrt(said.variance + said.noise)
    assert 0.85 < inside[asked].mean() < 0.95


def test_catalogue_and_rows_agree(params: dict[str, Any], batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared query is every task's query, and comparing task by task changes nothing."""
    state = SMALL.adapt(params, batch.descriptor, batch.support)
    shared = Query(rows(ITEMS), np.arange(ITEMS, dtype=np.int32), np.zeros(ITEMS, np.float32))
    own = shared._replace(item=np.tile(shared.item, (len(batch.mask), 1)))
    expected = SMALL.predict(params, state, own)
    monkeypatch.setattr(boosted_factors, "_CELLS", 1)
    for mine, other in zip(SMALL.predict(params, state, shared), expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_features_by_hand() -> None:
    """One factor: mean 3, a user of level 1 and factor 2; a support item of level 0.5 and factor -1, rated 5."""
    factors = {"mean": np.array(3.0), "item": np.array([[0.5, -1], [0, -2], [0, 0]], np.float32)}
    content = fit_likeness(rows(4, np.array([[1], [2], [1], [2]])), rows(2, np.array([[1], [2]])), 9)
    vector = UserVector(np.array([[1.0, 2.0]]), np.eye(2)[None] / 4)
    item, one = np.array([[0, 1]]), np.array([[1.0, 0.0]])
    told = Support(rows(2), item, np.array([[5.0, 9.0]]), one, 0 * one)
    state = remember(factors, vector, np.array([[7.0]]), told)
    np.testing.assert_allclose(state.told, [[7, 1, 0.25, 1, 5, 0]])
    assert state.left[0, 0] == pytest.approx(5 - 3 - 0.5 - 1)
    latent = Latent(np.array([[4.0]]), np.array([[0.1]]), np.array(0.2))
    found = factor_features(factors, content, state, latent, np.array([[1]]))[0, 0]
    left, alike = [0.5 / (1 + 1), 0.5 / (1 + 1), 0], [1, 1, 0]  # by factors, by no numbers, by codes that differ
    np.testing.assert_allclose(found, [4, 0.1, 0, -4, 7, 1, 0.25, 1, 5, 0, *left, *alike], rtol=1e-6)


def test_likeness_by_hand() -> None:
    """Numbers one deviation apart: exp(-2); equal codes 1; of two equally rare members one in common: 1/2."""
    bag = np.array([[1, 2], [1, 3], [2, 3]])
    known = Rows(np.array([[-1.0], [1.0], [0.0]]) * np.sqrt(1.5), np.array([[1], [1], [1]]), (bag,))
    found = likeness(fit_likeness(known, known, 9), np.array([0, -1]), np.array([1, 2]))
    apart = np.exp(-2 * np.array([6.0, 1.5]))
    np.testing.assert_allclose(found[:, 0], [apart, [1, 1], [0.5, 0.5]], rtol=1e-5)
    np.testing.assert_array_equal(found[:, 1], 0)


def test_robust_is_for_numbers() -> None:
    """The loss of numbers changes; that of classes does not."""
    spec, boosting = Spec(Widths(), Widths(), "gaussian"), Boosting(0.1, 4, 5, 10, 1, robust=0.5)
    assert boosting.settings(spec, 0)["objective"] == "fair"
    assert boosting.settings(replace(spec, likelihood="bernoulli"), 0)["objective"] == "binary"
    assert replace(boosting, robust=0).settings(spec, 0)["objective"] == "regression"


def test_too_little_to_train_on(world: tuple[TaskArrays, TaskArrays]) -> None:
    """A model cannot be kept from the only user."""
    with pytest.raises(DataError, match="no task can be split into support and query"):
        SMALL.fit(world[0].take(np.arange(1)), Quiet())


def test_ranges() -> None:
    """Values that make no sense are refused by name."""
    with pytest.raises(UsageError, match=r"boosted_factors\.draws: expected 1 or more"):
        BoostedFactors(draws=0)
    with pytest.raises(UsageError, match=r"boosted_factors\.learning_rate: expected more than 0"):
        BoostedFactors(learning_rate=0)
