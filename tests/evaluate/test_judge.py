"""`judge`: metrics of every episode at every support size, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from warmstart.evaluate.judge import Ask, Score, judge
from warmstart.explain.influence import Influence
from warmstart.tables.schema import Target
from warmstart.tables.target import TargetEncoder
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes
from warmstart.tasks.ragged import Ragged
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths


@dataclass(frozen=True)
class Told:
    """A learner whose belief is a given function of the support; for a ranking over the whole catalogue."""

    spec: Spec
    belief: Callable[[Support, int], np.ndarray]
    """(support, number of query rows or items) → float32[tasks, query]"""
    variance: float = 1.0
    learner: Any = None

    def prepare(self, params: Any, catalogue: Rows) -> Any:
        """Nothing."""

    def adapt(self, params: Any, prepared: Any, descriptor: Rows, support: Support) -> Support:
        """The support itself."""
        return support

    def predict(self, params: Any, prepared: Any, state: Support, query: Query | None) -> Latent:
        """The belief, with half of the variance as noise."""
        mean = self.belief(state, self.spec.items if query is None else query.item.shape[1]).astype(np.float32)
        return Latent(mean, np.full_like(mean, self.variance / 2), np.float32(self.variance / 2))

    def adapt_one(self, params: Any, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """Not asked for here."""
        raise NotImplementedError

    def predict_one(self, params: Any, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Not asked for here."""
        raise NotImplementedError

    def update_one(self, params: Any, prepared: Any, task: Any, state: Any, new: Support) -> Any:
        """Not asked for here."""
        raise NotImplementedError

    def influence_one(self, params: Any, prepared: Any, task: Any, state: Any, query: Query | None) -> Influence:
        """Not asked for here."""
        raise NotImplementedError

    def one_of(self, state: Any, task: int) -> Any:
        """Not asked for here."""
        raise NotImplementedError


def arrays_of(y: list[float], sizes: list[int], item: list[int] | None = None, items: int = 0) -> TaskArrays:
    """Tasks of these targets."""
    n = len(y)
    blank = Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.int32))
    return TaskArrays(
        spec=Spec(Widths(), Widths(), "gaussian", items=items),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        descriptor=Rows(np.zeros((len(sizes), 0), np.float32), np.zeros((len(sizes), 0), np.int32)),
        group=np.arange(len(sizes)),
        x=blank,
        item=np.full(n, -1, np.int32) if item is None else np.asarray(item, np.int32),
        y=np.asarray(y, np.float32),
        weight=np.ones(n, np.float32),
        time=np.zeros(n, np.int64),
        offset=np.zeros(n, np.float32),
        catalogue=Rows(np.zeros((items, 0), np.float32), np.zeros((items, 0), np.int32)),
    )


def episodes_of(*pairs: tuple[list[int], list[int]]) -> Episodes:
    """Support and query rows of task 0, 1, …"""

    def ragged(lists: list[list[int]]) -> Ragged:
        offsets = Ragged.from_lengths(np.array([len(rows) for rows in lists])).offsets
        return Ragged(np.array([row for rows in lists for row in rows], np.int64), offsets)

    return Episodes(np.arange(len(pairs)), ragged([s for s, _ in pairs]), ragged([q for _, q in pairs]))


def by_key(scores: Any) -> dict[tuple[str, int | None, str], list[float]]:
    """Values of each slice, k and metric."""
    found: list[Score] = list(scores)
    assert all(score.ms_per_task >= 0 for score in found)
    return {(s.slice, s.k, s.metric): s.values.round(4).tolist() for s in found}


def mean_of_support(support: Support, asked: int) -> np.ndarray:
    """The mean of y over the support, 0 without any, for every query row."""
    rows = np.maximum(support.weight.sum(axis=1), 1)
    return np.repeat(((support.y * support.weight).sum(axis=1) / rows)[:, None], asked, axis=1)


NUMBER = TargetEncoder(Target.NUMBER, "y", shift=10.0, scale=2.0)
WORLD = arrays_of([1, 3, 5, 7, 0, 2], [4, 2])
ASKED = episodes_of(([0, 1], [2, 3]), ([4], [5]))


def test_number_in_the_users_unit() -> None:
    """By hand: encoded errors of the query rows times the scale, a task's mean, at each K from nested supports."""
    bound = Told(WORLD.spec, mean_of_support)
    found = by_key(judge(bound, {}, WORLD, ASKED, NUMBER, Ask((0, 1, 2), "all", 0)))
    assert found["all", 0, "mae"] == [12.0, 4.0]  # 5 and 7 against 0; 2 against 0
    assert found["all", 1, "mae"] == [10.0, 4.0]  # 5 and 7 against 1; 2 against 0
    assert found["all", 2, "mae"] == [8.0, 4.0]  # 5 and 7 against 2; task 1 has one row to give
    assert found["all", 2, "rmse"][0] == pytest.approx(2 * np.sqrt((9 + 25) / 2), abs=1e-3)


def test_whole_support() -> None:
    """K of None gives each episode its own support."""
    found = by_key(judge(Told(WORLD.spec, mean_of_support), {}, WORLD, ASKED, NUMBER, Ask((None,), "user_cold", 0)))
    assert found["user_cold", None, "mae"] == [8.0, 4.0]


def test_bounds_clip_the_answer_only() -> None:
    """On a scale of stars no answer lies beyond its ends; intervals stay as they were."""
    bounded = TargetEncoder(Target.NUMBER, "y", shift=10.0, scale=2.0, bounds=(14.0, 24.0))
    found = by_key(judge(Told(WORLD.spec, mean_of_support), {}, WORLD, ASKED, bounded, Ask((0,), "all", 0)))
    assert found["all", 0, "mae"] == [8.0, 0.0]  # 20 and 24 against 14; 14 against 14


def test_coverage_uses_belief_and_noise() -> None:
    """A 90 % interval of deviation 1 in encoded units holds what is within 1.645 of the mean."""
    world = arrays_of([0, 0, 1.6, 1.7], [4])
    bound = Told(world.spec, mean_of_support, variance=1.0)
    found = by_key(judge(bound, {}, world, episodes_of(([0, 1], [2, 3])), NUMBER, Ask((2,), "all", 0)))
    assert found["all", 2, "coverage90"] == [0.5]


def test_many_tasks_equal_few() -> None:
    """Tasks beyond one padded block, and blocks that are filled up, get the same values as by themselves."""
    n = 300
    rng = np.random.default_rng(0)
    world = arrays_of(rng.normal(size=3 * n).round(2).tolist(), [3] * n)
    episodes = episodes_of(*[([3 * t, 3 * t + 1][: 1 + t % 2], [3 * t + 2]) for t in range(n)])
    found = by_key(judge(Told(world.spec, mean_of_support), {}, world, episodes, NUMBER, Ask((0, 2), "all", 0)))
    y = world.y.reshape(n, 3)
    told = np.where(np.arange(n) % 2, y[:, :2].mean(axis=1), y[:, 0])
    np.testing.assert_allclose(found["all", 2, "mae"], 2 * np.abs(y[:, 2] - told), atol=1e-3)
    np.testing.assert_allclose(found["all", 0, "mae"], 2 * np.abs(y[:, 2]), atol=1e-3)


def test_classes() -> None:
    """Probabilities go to the metrics of classes."""
    world = arrays_of([0, 1, 1, 0], [4])
    target = TargetEncoder(Target.CLASS, "y", classes=("no", "yes"))
    spec = Spec(Widths(), Widths(), "bernoulli", classes=2)
    bound = Told(spec, lambda support, asked: np.full((len(support.y), asked), 3.0), variance=0.0)
    found = by_key(judge(bound, {}, world, episodes_of(([0], [1, 2, 3])), target, Ask((1,), "all", 0)))
    assert found["all", 1, "accuracy"] == [pytest.approx(2 / 3, abs=1e-4)]
    p = 1 / (1 + np.exp(-3.0))
    assert found["all", 1, "log_loss"] == [pytest.approx(-(2 * np.log(p) + np.log(1 - p)) / 3, abs=1e-4)]


def test_ordered_classes() -> None:
    """Half, a quarter and a quarter of 1, 2 and 5: log loss of classes, errors of the median 1 and the mean 2.25."""
    world = arrays_of([0, 1, 2], [3])
    target = TargetEncoder(Target.ORDINAL, "y", classes=("1", "2", "5"))
    spec = Spec(Widths(), Widths(), "ordinal", classes=3)
    odds = np.log([1.0, 1 / 3])
    bound = Told(spec, lambda support, asked: np.tile(odds, (len(support.y), asked, 1)), variance=0.0)
    found = by_key(judge(bound, {}, world, episodes_of(([0], [1, 2])), target, Ask((1,), "all", 0)))
    assert found["all", 1, "log_loss"] == [pytest.approx(np.log(4), abs=1e-4)]
    assert found["all", 1, "accuracy"] == [0.0]
    assert found["all", 1, "mae"] == [2.5]
    assert found["all", 1, "rmse"] == [pytest.approx(np.sqrt((0.25**2 + 2.75**2) / 2), abs=1e-4)]


def test_counts() -> None:
    """The mean of a count is the exponential of its latent."""
    world = arrays_of([0, 4, 2], [3])
    spec = Spec(Widths(), Widths(), "negative_binomial")
    bound = Told(spec, lambda support, asked: np.full((len(support.y), asked), np.log(3.0)), variance=0.0)
    found = by_key(
        judge(bound, {}, world, episodes_of(([0], [1, 2])), TargetEncoder(Target.COUNT, "y"), Ask((1,), "all", 0))
    )
    assert found["all", 1, "mae"] == [1.0]


CHOICE = TargetEncoder(Target.CHOICE)
SHOP = arrays_of([1] * 6, [4, 2], item=[0, 1, 2, 0, 3, 4], items=30)


def rising(support: Support, items: int) -> np.ndarray:
    """Every task likes item 0 best, then 1, 2, …"""
    return np.repeat(-np.arange(items, dtype=np.float32)[None], len(support.y), axis=0)


def test_ranking_over_the_whole_catalogue() -> None:
    """Items 2 and 0 are wanted and stand third and first of thirty; item 4 of the second task fifth."""
    spec = Spec(Widths(), Widths(), "ranking", items=30)
    episodes = episodes_of(([0, 1], [2, 3]), ([4], [5]))
    found = by_key(judge(Told(spec, rising), {}, SHOP, episodes, CHOICE, Ask((0, 2), "all", 0)))
    assert found["all", 0, "recall@10"] == found["all", 2, "recall@10"] == [1.0, 1.0]
    ideal = 1 + 1 / np.log2(3)
    assert found["all", 2, "ndcg@10"] == [
        pytest.approx((1 + 1 / np.log2(4)) / ideal, abs=1e-4),
        pytest.approx(1 / np.log2(6), abs=1e-4),
    ]
    assert found["all", 0, "coverage@10"] == [pytest.approx(10 / 30, abs=1e-4)] * 2


def test_novel_slice() -> None:
    """There items of the support are neither shown nor wanted: after 0 and 1, item 2 is first, and alone wanted."""
    spec = Spec(Widths(), Widths(), "ranking", items=30)
    episodes = episodes_of(([0, 1], [2, 3]), ([4], [5]))
    found = by_key(judge(Told(spec, rising), {}, SHOP, episodes, CHOICE, Ask((0, 2), "all", 0)))
    assert found["novel", 2, "ndcg@10"] == [1.0, pytest.approx(1 / np.log2(5), abs=1e-4)]
    assert found["novel", 0, "recall@10"] == [1.0, 1.0]
    assert found["novel", 2, "coverage@10"] == [pytest.approx(12 / 30, abs=1e-4)] * 2
    only_known = episodes_of(([0, 1], [3]), ([4], [5]))
    none = by_key(judge(Told(spec, rising), {}, SHOP, only_known, CHOICE, Ask((2,), "all", 0)))
    assert np.isnan(none["novel", 2, "recall@10"][0])
    assert none["all", 2, "recall@10"][0] == 1.0


def test_ratings_of_items_are_ranked_among_themselves() -> None:
    """Of ratings, each task's own rated items are put in order too."""
    world = arrays_of([1, 5, 3], [3], item=[0, 1, 2], items=3)
    spec = Spec(Widths(), Widths(), "gaussian", items=3)
    right = Told(spec, lambda support, asked: np.array([[5.0, 3.0]]))
    found = by_key(judge(right, {}, world, episodes_of(([0], [1, 2])), NUMBER, Ask((1,), "all", 0)))
    assert found["all", 1, "ndcg@5"] == [1.0]


def test_barred_items_are_never_shown() -> None:
    """The best two of the catalogue are barred: neither is among the ten, and what they would have hit is missed."""
    spec = Spec(Widths(), Widths(), "ranking", items=30)
    episodes = episodes_of(([0], [1, 2, 3]))
    barred = np.isin(np.arange(30), [0, 1])
    world = replace(arrays_of([1.0] * 4, [4], item=[29, 0, 1, 2], items=30), spec=spec)
    free = by_key(judge(Told(spec, rising), {}, world, episodes, CHOICE, Ask((1,), "all", 0)))
    held = by_key(judge(Told(spec, rising), {}, world, episodes, CHOICE, Ask((1,), "all", 0, barred)))
    assert free["all", 1, "recall@10"] == [1.0]
    assert held["all", 1, "recall@10"] == [pytest.approx(1 / 3, abs=1e-4)]


def test_an_item_that_no_catalogue_knows_is_missed() -> None:
    """Two of the four wanted items are strangers: half is the best that can be had; padding is no item."""
    spec = Spec(Widths(), Widths(), "ranking", items=30)
    world = replace(arrays_of([1.0] * 7, [5, 2], item=[29, -1, 0, -1, 2, 28, 4], items=30), spec=spec)
    episodes = episodes_of(([0], [1, 2, 3, 4]), ([5], [6]))
    found = by_key(judge(Told(spec, rising), {}, world, episodes, CHOICE, Ask((1,), "all", 0)))
    assert found["all", 1, "recall@10"] == found["novel", 1, "recall@10"] == [0.5, 1.0]
