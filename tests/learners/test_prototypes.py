"""`Prototypes`: means, distances and the objective by hand in a plane, and what a short training brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.learners.prototypes import Prototypes, Sums
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, draw, gather
from warmstart.types import Query, Rows, Spec, Support, Widths

SPEC = Spec(Widths(2), Widths(1), "categorical", classes=3)
LEARNER = Prototypes(features=2, hidden=())
SHARED = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
STRENGTH, SCALE, BACKGROUND, BALANCE = 0.5, 0.7, -1.5, 0.3
TOLD = Rows(np.array([2.0], np.float32), np.zeros(0, np.int32))
SUPPORT = np.array([[2.0, 2.0], [4.0, 0.0], [0.0, 3.0]])
ASKED = np.array([[1.0, 1.0], [-2.0, 0.5]])


def params(balance: float = 0.0) -> dict[str, Any]:
    """Fresh parameters of which every number that matters is set; rows are their own embedding."""
    fresh = dict(LEARNER.init(np.random.default_rng(0), SPEC, {}))
    return fresh | {
        "shared": SHARED,
        "bias": np.array([0.1, 0.2, 0.3]),
        "told": np.array([[0.0, 0.5, -0.5]]),
        "balance": balance,
        "log_strength": np.log(STRENGTH),
        "log_scale": np.log(SCALE),
        "background": np.array(BACKGROUND),
    }


def shown(*labels: int, weight: tuple[float, ...] | None = None) -> Support:
    """The first rows of `SUPPORT` with these classes."""
    k = len(labels)
    ones = np.ones(k) if weight is None else np.array(weight)
    return Support(SUPPORT[:k], np.full(k, -1), np.array(labels, float), ones, np.zeros(k))


def asked(rows: np.ndarray = ASKED) -> Query:
    """These rows of the plane as a query."""
    return Query(rows, np.full(len(rows), -1), np.zeros(len(rows)))


def adapted(support: Support, balance: float = 0.0) -> Sums:
    """What this support has taught."""
    return LEARNER.adapt(SPEC, params(balance), TOLD, support)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Of each row, plainly."""
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


def probabilities(support: Support, balance: float = 0.0) -> np.ndarray:
    """What the learner says of `ASKED`."""
    return softmax(LEARNER.predict(SPEC, params(balance), adapted(support, balance), asked()).mean)


def by_hand(means: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Softmax of minus scaled squared distances, one row and one class at a time, plus what is said beforehand."""
    distance = [[((row - mean) ** 2).sum() for mean in means] for row in ASKED]
    return softmax(-SCALE * np.array(distance) + prior)


PRIOR = np.array([0.1, 0.2 + 2 * 0.5, 0.3 - 2 * 0.5])
MEANS = np.array(
    [
        (SUPPORT[0] + SUPPORT[1] + STRENGTH * SHARED[0]) / (2 + STRENGTH),
        SHARED[1],
        (SUPPORT[2] + STRENGTH * SHARED[2]) / (1 + STRENGTH),
    ]
)
"""Of the classes 0, 0, 2: means shrunk to the shared prototypes; of a class that was not seen, that alone."""


def test_means_and_distances_by_hand() -> None:
    """Probabilities are a softmax of minus scaled squared distances to shrunk means, and what is said beforehand."""
    np.testing.assert_allclose(probabilities(shown(0, 0, 2)), by_hand(MEANS, PRIOR), rtol=1e-6)


def test_balance_by_hand() -> None:
    """With a balance, how often a class was seen counts: shares with one row more of each, against an even one."""
    share = np.array([3, 1, 2]) / 6
    prior = PRIOR + BALANCE * np.log(3 * share)
    np.testing.assert_allclose(probabilities(shown(0, 0, 2), BALANCE), by_hand(MEANS, prior), rtol=1e-6)


def test_no_support_is_the_shared_prototypes() -> None:
    """K = 0 measures distances to the shared prototypes, whatever the balance."""
    np.testing.assert_allclose(probabilities(shown(), BALANCE), by_hand(SHARED, PRIOR), rtol=1e-6)


def test_two_classes() -> None:
    """Of two classes the latent is the second's score minus the first's, on top of what a base model said."""
    spec = Spec(Widths(2), Widths(1), "bernoulli")
    two = params() | {name: params()[name][:2] for name in ("shared", "bias")} | {"told": params()["told"][:, :2]}
    state = LEARNER.adapt(spec, two, TOLD, shown(0, 0, 1))
    said = LEARNER.predict(spec, two, state, asked()._replace(offset=np.array([0.25, -1.0])))
    means = np.array([MEANS[0], (SUPPORT[2] + STRENGTH * SHARED[1]) / (1 + STRENGTH)])
    p = by_hand(means, PRIOR[:2])
    np.testing.assert_allclose(said.mean, np.log(p[:, 1] / p[:, 0]) + np.array([0.25, -1.0]), rtol=1e-6)


def test_a_row_of_weight_two_is_a_row_twice() -> None:
    """Weights count rows."""
    heavy = adapted(shown(0, 1, weight=(2.0, 1.0)))
    twice = Support(SUPPORT[[0, 0, 1]], np.full(3, -1), np.array([0.0, 0.0, 1.0]), np.ones(3), np.zeros(3))
    for a, b in zip(heavy, adapted(twice), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def open_set(counts: tuple[int, ...], means: np.ndarray) -> np.ndarray:
    """Probabilities of the classes that were seen and, last, of none, by hand."""
    scores = np.full((len(ASKED), 4), BACKGROUND)
    for i, row in enumerate(ASKED):
        for c in range(3):
            scores[i, c] = -SCALE * ((row - means[c]) ** 2).sum() if counts[c] else -np.inf
    return softmax(scores)


def test_unknown_by_hand() -> None:
    """The unknown class stands at one learned distance from everywhere; classes that were not seen have no part."""
    said = LEARNER.unknown(SPEC, params(), adapted(shown(0, 0, 2)), asked())
    np.testing.assert_allclose(said, open_set((2, 0, 1), MEANS)[:, 3], rtol=1e-6)
    assert (LEARNER.unknown(SPEC, params(), adapted(shown()), asked()) == 1).all()


@pytest.mark.parametrize("y", [(0.0, 2.0), (0.0, 1.0)])
def test_objective_by_hand(y: tuple[float, float]) -> None:
    """−log p of the classes, and −log p where class 1, which the support lacks, is unknown; each row by its weight."""
    mask = np.array([1.0, 3.0])
    said = LEARNER.objective(SPEC, params(), TOLD, shown(0, 0, 2), asked(), np.array(y), mask)
    closed = by_hand(MEANS, PRIOR)[[0, 1], [int(c) for c in y]]
    opened = open_set((2, 0, 1), MEANS)[[0, 1], [3 if c == 1 else int(c) for c in y]]
    expected = -(mask * (np.log(closed) + np.log(opened))).sum() / mask.sum()
    np.testing.assert_allclose(said, expected, rtol=1e-6)


def test_objective_without_support_is_closed() -> None:
    """Where nothing was shown, nothing is unknown."""
    said = LEARNER.objective(SPEC, params(), TOLD, shown(), asked(), np.array([0.0, 2.0]), np.ones(2))
    np.testing.assert_allclose(said, -np.log(by_hand(SHARED, PRIOR)[[0, 1], [0, 2]]).mean(), rtol=1e-6)


def islands(tasks: int, seed: int) -> TaskArrays:
    """Each task puts its four classes around places of its own; rows come in turn, eight of each class."""
    rng = np.random.default_rng(seed)
    n = tasks * 32
    y = np.tile(np.arange(4), tasks * 8)
    place = np.repeat(rng.normal(0, 2, (tasks, 1, 4, 2)), 8, axis=1).reshape(n, 2)
    x = place + 0.2 * rng.normal(size=(n, 2))

    def plain(numbers: np.ndarray) -> Rows:
        return Rows(numbers.astype(np.float32), np.zeros((len(numbers), 0), np.int32))

    return TaskArrays(
        spec=Spec(Widths(2), Widths(), "categorical", classes=4),
        offsets=np.arange(0, n + 1, 32),
        descriptor=plain(np.zeros((tasks, 0))),
        group=np.arange(tasks, dtype=np.int32),
        x=plain(x),
        item=np.full(n, -1, np.int32),
        y=y.astype(np.float32),
        weight=np.ones(n, np.float32),
        time=np.zeros(n, np.int64),
        offset=np.zeros(n, np.float32),
        catalogue=plain(np.zeros((0, 0))),
    )


def test_unknown_rises_for_a_class_that_was_not_shown() -> None:
    """After a short training rows of a class that the support lacks are mostly called unknown, others mostly not."""
    learner, train = Prototypes(features=8, hidden=(16,)), islands(150, seed=0)
    trained = fit(learner, train, Job(Settings(steps=150, batch=32, shots=(0, 4, 12), validate_every=75)))
    new = islands(60, seed=1)
    lacking = np.flatnonzero(new.y.reshape(60, 32)[0] != 3)[:12]
    support = 32 * np.arange(60)[:, None] + lacking
    query = 32 * np.arange(60)[:, None] + np.arange(16, 32)
    unknown, y = [], []
    for rows, rest in zip(support, query, strict=True):
        z = learner.embed(trained, Rows(new.x.numbers[rows], new.x.codes[rows]), new.item[rows])
        told = Support(z, new.item[rows], new.y[rows], new.weight[rows], new.offset[rows])
        state = learner.adapt(new.spec, trained, Rows(np.zeros(0, np.float32), np.zeros(0, np.int32)), told)
        z = learner.embed(trained, Rows(new.x.numbers[rest], new.x.codes[rest]), new.item[rest])
        unknown.append(learner.unknown(new.spec, trained, state, Query(z, new.item[rest], new.offset[rest])))
        y.append(new.y[rest])
    strange = np.concatenate(y) == 3
    said = np.concatenate(unknown)
    assert said[strange].mean() > 0.5
    assert said[~strange].mean() < 0.25


@pytest.mark.slow
def test_ten_rows_beat_none(table: Any) -> None:
    """Tasks differ in level, so ten rows tell much of the class of the next."""
    learner, train = Prototypes(), table("categorical", tasks=400)
    trained = fit(learner, train, Job(Settings(steps=400, shots=(0, 2, 10), queries=12)))
    new = table("categorical", tasks=300, seed=1)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=12)
    bound, right = bind(learner, new.spec), {}
    for k in (0, 10):
        batch = gather(new, Episodes(episodes.task, episodes.support.first(k), episodes.query), 10)
        state = bound.adapt(trained, None, batch.descriptor, batch.support)
        right[k] = (bound.predict(trained, None, state, batch.query).mean.argmax(axis=-1) == batch.y).mean()
    assert right[10] > right[0] + 0.1
