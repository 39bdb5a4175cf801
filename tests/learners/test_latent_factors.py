"""`LatentFactors`: formulas by hand, and a simulated world whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from warmstart.errors import UsageError
from warmstart.learners._content import block_of_column, content_matrix, fit_content
from warmstart.learners._factor_side import Evidence, Side, expected_outer, posterior
from warmstart.learners.latent_factors import LatentFactors
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Query, Rows, Spec, Support, Widths

USERS, ITEMS, EACH, NEW_USERS, NEW_ITEMS = 600, 200, 40, 400, 60
NOISE = 0.25


@dataclass(frozen=True)
class World:
    """Vectors of level and two factors; items have two numbers as content, users one as descriptor."""

    train: TaskArrays
    told: np.ndarray
    users: np.ndarray
    items: np.ndarray

    def asked(self, rng: np.random.Generator, item: np.ndarray) -> np.ndarray:
        """Ratings [new users, rows] of these items."""
        user, chosen = self.users[USERS:, None], self.items[item]
        exact = user[..., 0] + chosen[..., 0] + (user[..., 1:] * chosen[..., 1:]).sum(axis=-1)
        return 3 + exact + NOISE**0.5 * rng.normal(size=item.shape)


@pytest.fixture(scope="module")
def world() -> World:
    """Known users rate 40 of the known items each; the last 60 items of the catalogue are rated by nobody."""
    rng = np.random.default_rng(1)
    shown, told = rng.normal(size=(ITEMS + NEW_ITEMS, 2)), rng.normal(size=(USERS + NEW_USERS, 1))
    items = shown @ np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 0.5]]) + 0.3 * rng.normal(size=(len(shown), 3))
    users = told @ np.array([[0.5, 0.5, 0.0]]) + 0.5 * rng.normal(size=(len(told), 3))
    item = np.stack([rng.permutation(ITEMS)[:EACH] for _ in range(USERS)])
    user = users[:USERS, None]
    exact = user[..., 0] + items[item][..., 0] + (user[..., 1:] * items[item][..., 1:]).sum(axis=-1)
    y = 3 + exact + NOISE**0.5 * rng.normal(size=item.shape)
    n = item.size
    train = TaskArrays(
        spec=Spec(Widths(numbers=2), Widths(numbers=1), "gaussian", items=len(items)),
        offsets=np.arange(0, n + 1, EACH, dtype=np.int64),
        descriptor=numbers(told[:USERS]),
        group=np.arange(USERS, dtype=np.int32),
        x=numbers(np.zeros((n, 0))),
        item=item.ravel().astype(np.int32),
        y=y.ravel().astype(np.float32),
        weight=np.ones(n, np.float32),
        time=np.zeros(n, np.int64),
        offset=np.zeros(n, np.float32),
        catalogue=numbers(shown),
    )
    return World(train, told[USERS:], users, items)


@pytest.fixture(scope="module")
def params(world: World) -> dict[str, Any]:
    """Fitted with as many factors as there are."""
    return LatentFactors(factors=2, max_rounds=60, tolerance=1e-5).fit(world.train, Quiet())


class Quiet:
    """A context that listens to nobody."""

    seed = 0

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Say nothing."""


def numbers(values: np.ndarray) -> Rows:
    """Rows of numbers alone."""
    return Rows(values.astype(np.float32), np.zeros((*values.shape[:-1], 0), np.int32))


def support_of(item: np.ndarray, y: np.ndarray) -> Support:
    """Rows of weight 1."""
    one = np.ones(item.shape, np.float32)
    return Support(numbers(np.zeros((*item.shape, 0))), item.astype(np.int32), y.astype(np.float32), one, 0 * one)


def query_of(item: np.ndarray) -> Query:
    """Rows about these items."""
    return Query(numbers(np.zeros((*item.shape, 0))), item.astype(np.int32), np.zeros(item.shape, np.float32))


def answers(world: World, params: dict[str, Any], shots: int, low: int, high: int) -> tuple[np.ndarray, ...]:
    """Truth, mean and whole variance: 20 rows a new user on items low … high, after `shots` rows on known ones."""
    rng = np.random.default_rng(shots)
    learner = LatentFactors(factors=2)
    known = np.stack([rng.permutation(ITEMS)[:shots] for _ in range(NEW_USERS)])
    state = learner.adapt(params, numbers(world.told), support_of(known, world.asked(rng, known)))
    item = rng.integers(low, high, (NEW_USERS, 20))
    said = learner.predict(params, state, query_of(item))
    return world.asked(rng, item), said.mean, said.variance + said.noise


def mse(told: tuple[np.ndarray, ...]) -> float:
    """Mean squared error."""
    return float(((told[0] - told[1]) ** 2).mean())


def test_nearly_the_bayes_error(world: World, params: dict[str, Any]) -> None:
    """With 60 rows little but the noise is left: the exact posterior of the true model sets the mark."""
    rng = np.random.default_rng(60)
    known = np.stack([rng.permutation(ITEMS)[:60] for _ in range(NEW_USERS)])
    y = world.asked(rng, known)
    asked = rng.integers(0, ITEMS, (NEW_USERS, 20))
    feature, queried = world.items.copy(), world.items[asked].copy()
    feature[:, 0] = queried[..., 0] = 1
    x = feature[known]
    prior = world.told @ np.array([[0.5, 0.5, 0.0]])
    precision = np.eye(3) / 0.25 + np.swapaxes(x, 1, 2) @ x / NOISE
    left = y - 3 - world.items[known][..., 0]
    pull = prior / 0.25 + np.einsum("tki,tk->ti", x, left) / NOISE
    best = np.linalg.solve(precision, pull[..., None])[..., 0]
    exact = 3 + world.items[asked][..., 0] + np.einsum("tqi,ti->tq", queried, best)
    bayes = float(((world.asked(rng, asked) - exact) ** 2).mean())
    assert mse(answers(world, params, 60, 0, ITEMS)) < 1.08 * bayes
    assert params["noise"] == pytest.approx(NOISE, rel=0.05)


def test_more_support_lowers_the_error(world: World, params: dict[str, Any]) -> None:
    """0, 3, 10 and 40 rows: each is better than the one before, about known and about new items."""
    for low, high in ((0, ITEMS), (ITEMS, ITEMS + NEW_ITEMS)):
        errors = [mse(answers(world, params, k, low, high)) for k in (0, 3, 10, 40)]
        assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("shots", [0, 10])
@pytest.mark.parametrize(("low", "high"), [(0, ITEMS), (ITEMS, ITEMS + NEW_ITEMS)])
def test_intervals_hold(world: World, params: dict[str, Any], shots: int, low: int, high: int) -> None:
    """90 % intervals hold 86 to 94 % of the ratings, of known and of new items."""
    y, mean, variance = answers(world, params, shots, low, high)
    assert 0.86 < (np.abs(y - mean) < 1.645 * np.sqrt(variance)).mean() < 0.94


def test_content_tells_new_items_apart(world: World, params: dict[str, Any]) -> None:
    """A new item's level is half its first number, up to what nobody can know of it."""
    new = slice(ITEMS, ITEMS + NEW_ITEMS)
    shown = world.train.catalogue.numbers[new, 0]
    assert np.corrcoef(params["item"][new, 0], shown)[0, 1] > 0.97
    assert params["item_covariance"][new, 0, 0].mean() == pytest.approx(0.09, rel=0.3)


def test_own_data_beat_content(world: World, params: dict[str, Any]) -> None:
    """The levels of items that 120 users rated follow the truth far more closely than their content does."""
    true = world.items[:ITEMS, 0]
    content = 0.5 * world.train.catalogue.numbers[:ITEMS, 0]
    own = params["item"][:ITEMS, 0]
    own = own - own.mean() + true.mean()
    assert ((own - true) ** 2).mean() < ((content - true) ** 2).mean() / 3


def test_no_support_is_the_prior(world: World, params: dict[str, Any]) -> None:
    """Without rows a user is what the descriptor says: weights · (1, number), spread."""
    state = LatentFactors().adapt(
        params, numbers(world.told), support_of(np.zeros((NEW_USERS, 0)), np.zeros((NEW_USERS, 0)))
    )
    user = params["user"]
    np.testing.assert_allclose(state.mean, np.c_[np.ones(NEW_USERS), world.told] @ user["weights"], atol=1e-5)
    assert (np.linalg.eigvalsh(state.covariance - user["spread"]) > -1e-6).all()


def test_user_by_the_textbook(support: Any, blank: Any) -> None:
    """Σ⁻¹ = I + Σ f fᵀ / noise and Σ⁻¹ m = Σ f (y - mean - level) / noise, for items that are known exactly."""
    items = np.array([[0.5, 1.0], [0.0, -2.0], [0.0, 0.0]], np.float32)
    params = hand_made(items, np.zeros((3, 2, 2), np.float32))
    state = LatentFactors(factors=1).adapt(params, blank(1), support([[0, 1]], y=4.0))
    f, left = np.array([[1.0, 1.0], [1.0, -2.0]]), np.array([0.5, 1.0])
    precision = np.eye(2) + f.T @ f / 0.5
    np.testing.assert_allclose(state.covariance[0], np.linalg.inv(precision), rtol=1e-6)
    np.testing.assert_allclose(state.mean[0], np.linalg.solve(precision, f.T @ left / 0.5), rtol=1e-6)


def test_unsure_items_say_less(support: Any, blank: Any) -> None:
    """Level variance 1.5 adds to noise 0.5: (y - mean) / 2 against precision 1 + 1/2."""
    unsure = np.zeros((2, 2, 2), np.float32)
    unsure[0, 0, 0] = 1.5
    params = hand_made(np.zeros((2, 2), np.float32), unsure)
    state = LatentFactors(factors=1).adapt(params, blank(1), support([[0]], y=4.0))
    np.testing.assert_allclose(state.mean[0], [(1 / 2) / (3 / 2), 0], rtol=1e-6)


def test_variance_by_hand(catalogue: Any) -> None:
    """User (1, 2) of variances 0.1, 0.2, item (0, 3) of variances 0.3, 0.4: mean 3 + 1 + 6, the product's variance."""
    params = hand_made(np.array([[0, 3], [0, 0]], np.float32), np.stack([np.diag([0.3, 0.4]), np.zeros((2, 2))]))
    state = LatentFactors(factors=1).adapt(
        params, Rows(np.zeros((1, 0)), np.zeros((1, 0))), support_of(*np.zeros((2, 1, 0)))
    )
    state = state._replace(mean=np.array([[1.0, 2.0]]), covariance=np.diag([0.1, 0.2])[None])
    said = LatentFactors(factors=1).predict(params, state, catalogue(1))
    np.testing.assert_allclose(said.mean, [[10.0]])
    np.testing.assert_allclose(said.variance, [[0.1 + 0.3 + 9 * 0.2 + 4 * 0.4 + 0.2 * 0.4]], rtol=1e-6)


def hand_made(items: np.ndarray, unsure: np.ndarray) -> dict[str, Any]:
    """Mean 3, noise 1/2, users ~ N(0, I) of whom nothing is told; the last item is the unknown one."""
    content = {"numbers": np.array(0), "codes": {}, "bags": {}}
    user = {"content": content, "weights": np.zeros((1, 2)), "doubt": np.zeros((2, 1, 1)), "spread": np.eye(2)}
    return {"mean": np.array(3.0), "noise": np.array(0.5), "item": items, "item_covariance": unsure, "user": user}


def test_posterior_of_a_singular_prior() -> None:
    """A component without prior variance stays where it is."""
    told = Evidence(np.eye(2)[None], np.array([[2.0, 2.0]]))
    mean, covariance = posterior(np.array([[0.0, 1.0]]), np.diag([1.0, 0.0])[None], told)
    np.testing.assert_allclose(mean, [[1, 1]])
    np.testing.assert_allclose(covariance, [np.diag([0.5, 0])])


def test_expected_outer() -> None:
    """E[f fᵀ] of f = (1, z₁) is the outer product and the variance of z₁."""
    np.testing.assert_allclose(
        expected_outer(np.array([[9.0, 2.0]]), np.array([[[1, 0], [0, 0.5]]])), [[[1, 2], [2, 4.5]]]
    )


def test_new_item_is_its_content() -> None:
    """Without evidence a vector is weights' x, wider than the spread by what the weights do not know."""
    x = sparse.csr_matrix(np.array([[1.0, 2.0], [1.0, 0.0]]))
    side = Side.start(x, np.array([0, 1]), np.zeros((2, 2)), 0.5)
    side = replace(side, weights=np.array([[1.0, 0.0], [0.5, 1.0]]), doubt=np.stack([np.diag([0, 0.25])] * 2))
    told = Evidence(np.stack([np.zeros((2, 2)), 1e9 * np.eye(2)]), np.array([[0.0, 0.0], [3e9, 4e9]]))
    found = side.informed(told)
    np.testing.assert_allclose(found.mean, [[2, 2], [3, 4]], rtol=1e-6)
    np.testing.assert_allclose(found.covariance[0], 0.5 * (1 + 4 * 0.25) * np.eye(2))


def test_columns_of_content() -> None:
    """A constant, numbers, a common category, and a bag whose rarer member weighs more; strange codes are nothing."""
    bag = np.array([[1, 2], [1, 0], [1, 2], [3, 0]])
    rows = Rows(np.arange(4.0)[:, None], np.array([[1], [1], [2], [0]]), (bag,))
    content = fit_content(rows, 5)
    rare, common = np.log(5 / 2), np.log(5 / 3)
    length = np.hypot(rare, common)
    expected = [
        [1, 0, 1, common / length, rare / length],
        [1, 1, 1, 1, 0],
        [1, 2, 0, common / length, rare / length],
        [1, 3, 0, 0, 0],
    ]
    np.testing.assert_allclose(content_matrix(content, rows).toarray(), expected, rtol=1e-6)
    assert block_of_column(content).tolist() == [0, 1, 2, 3, 3]
    strange = Rows(np.zeros((1, 1)), np.array([[9]]), (np.array([[9, 0]]),))
    np.testing.assert_array_equal(content_matrix(content, strange).toarray(), [[1, 0, 0, 0, 0]])


def test_commonest_columns_are_kept() -> None:
    """Of three members the two commonest become columns."""
    rows = Rows(np.zeros((4, 0)), np.zeros((4, 0), int), (np.array([[1, 2, 3], [1, 2, 3], [1, 2, 0], [1, 0, 0]]),))
    assert np.flatnonzero(fit_content(rows, 2)["bags"]["0"]).tolist() == [1, 2]


def test_same_seed_same_vectors(world: World) -> None:
    """The same seed gives the same vectors to the bit."""
    small = world.train.take(np.arange(50))
    a, b = (LatentFactors(factors=2, max_rounds=2).fit(small, Quiet()) for _ in range(2))
    np.testing.assert_array_equal(a["item"], b["item"])


def test_ranges() -> None:
    """Values that make no sense are refused by name."""
    with pytest.raises(UsageError, match=r"latent_factors\.factors: expected 1 or more"):
        LatentFactors(factors=0)
    with pytest.raises(UsageError, match=r"latent_factors\.tolerance: expected more than 0"):
        LatentFactors(tolerance=0)


def test_known_rows_alone_are_learned(world: World) -> None:
    """Rows of weight 0 change nothing."""
    small = world.train.take(np.arange(50))
    spoilt = replace(small, y=np.where(np.arange(len(small.y)) % 2, small.y, 99), weight=np.arange(len(small.y)) % 2)
    kept = small.where(np.arange(len(small.y)) % 2 > 0)
    a, b = (LatentFactors(factors=2, max_rounds=2).fit(train, Quiet()) for train in (spoilt, kept))
    np.testing.assert_allclose(a["item"], b["item"], atol=1e-6)
    assert take_rows(small.catalogue, np.arange(1)).numbers.shape == (1, 2)
