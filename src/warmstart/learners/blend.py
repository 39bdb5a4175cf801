"""`Blend`: repeat, neighbours and segment popularity in one sum; the strongest heuristic for new customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._blend_parts import Trials, fit_parts, item_parts, trial_scores
from warmstart.learners._interactions import Seen, Within, scores_at, seen
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.learners.popularity import best_segment
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Blend", "Taken", "mixing_weights"]

_TOP = 10
_REPEAT = (0.8, 0.1, 0.2, 0.4, 1.6, 3.2)  # the first of equals wins: what is sensible without any trial
_NEAR = (0.08, 0.01, 0.02, 0.04, 0.16, 0.32, 0.64, 1.28)


class Taken(NamedTuple):
    """Items of a support and the task's segment."""

    item: np.ndarray
    """int32[tasks, support]: -1 where there is none."""
    weight: np.ndarray
    """float32[tasks, support]"""
    segment: np.ndarray
    """int32[tasks]"""


@dataclass(frozen=True)
class Blend:
    """w_r · repeat hazard of the support items + w_n · mean P(j | i) + share of j in the task's segment.

    The weights are those with the best recall@10 + nDCG@10 on training tasks played as new ones in the recent past
    (first moment → later), scored by item statistics of other tasks from before: popularity of the same days would
    flatter itself. The segment is the descriptor column that foretells items best.
    """

    shrinkage: float = 20.0
    """Tasks (>= 0) added to the denominator of P(j | i)."""
    neighbours: int = 200
    """Items j kept for each item i, >= 1."""
    strength: float = 3000.0
    """Pairs (> 0) that the overall shares count for inside each segment."""
    shots: tuple[int, ...] = (1, 3, 5, 10)
    """Support sizes of the trial tasks, each >= 1."""
    trials: int = 4000
    """Most trial tasks, >= 1."""
    folds: int = 5
    """Of the trial tasks, >= 2."""
    recent: float = 0.5
    """Share (0, 1) of the rows, the latest, in which the trial tasks live."""
    within: Within = "task"
    """What neighbours are taken together: a task's items, or those of one moment."""
    widest: int = 64
    """Values (>= 1) of a descriptor column; one with more is no segment."""

    name: ClassVar[str] = "blend"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "strength", "recent")
        at_least(self, shrinkage=0, neighbours=1, trials=1, folds=2, widest=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """The parts of all tasks, "weights": float32[2] (repeat, near), "segment": int64[] (-1 for none)."""
        rng = np.random.default_rng(context.seed)
        segment = best_segment(train, rng, self.widest)
        weights = mixing_weights(self._trials(train, segment, rng, context))
        parts = self._parts(train, segment)
        return parts | {"weights": weights, "segment": np.array(-1 if segment is None else segment)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Taken:
        """Remember the items, look the segment up."""
        state, segment = seen(support), int(params["segment"])
        code = np.zeros(len(state.item)) if segment < 0 else np.asarray(descriptor.codes)[:, segment]
        return Taken(state.item, state.weight, code.astype(np.int32))

    def predict(self, params: Mapping[str, Any], state: Taken, query: Query) -> Latent:
        """Scores [tasks, items]."""
        repeat, near = params["weights"]
        again, neighbours = item_parts(params, Seen(state.item, state.weight))
        scores = (again * repeat + neighbours * near).toarray()
        scores += params["share"][state.segment]
        return scores_at(scores, query)

    def _parts(self, train: TaskArrays, segment: int | None) -> dict[str, Any]:
        return fit_parts(train, segment, self.strength, self.shrinkage, self.neighbours, self.within)

    def _trials(
        self, train: TaskArrays, segment: int | None, rng: np.random.Generator, context: Context
    ) -> list[Trials]:
        fold = rng.permutation(int(train.group.max(initial=0)) + 1)[train.group] % self.folds
        before, after = train.before_and_after(self.recent)
        found: list[Trials] = []
        for f in range(self.folds):
            context.progress(f, self.folds, "weighing the parts on training tasks")
            asked = rng.permutation(np.flatnonzero(fold == f))[: -(-self.trials // self.folds)]
            parts = self._parts(before.take(np.flatnonzero(fold != f)), segment)
            found += trial_scores(parts, after.take(asked), segment, self.shots, rng)
        return found


def mixing_weights(trials: list[Trials]) -> np.ndarray:
    """float32[2]: weights of repeat and near, that of popularity being 1, with the best quality on a grid.

    A task counts twice: as it is, and with its support items barred from the list and the query.
    """
    both = trials + [_barred(batch) for batch in trials]
    best = max(product(_REPEAT, _NEAR), key=lambda weights: _quality(both, *weights))
    return np.array(best, dtype=np.float32)


def _barred(batch: Trials) -> Trials:
    """The same trials without the items of each support; tasks that ask for nothing else fall away."""
    own = batch.repeat > 0
    real = np.isfinite(batch.popular)
    asked = batch.asked - (batch.hit & own & real).sum(axis=1)
    kept = asked > 0
    popular = np.where(own, -np.inf, batch.popular)
    return Trials(batch.repeat[kept], batch.near[kept], popular[kept], (batch.hit & ~own)[kept], asked[kept])


def _quality(trials: list[Trials], repeat: float, near: float) -> float:
    """Mean recall@10 + nDCG@10 over trial tasks; 0 without any."""
    found = [_recall_and_gain(batch, repeat, near) for batch in trials]
    return float(np.concatenate([*found, np.zeros(0)]).sum()) / max(sum(map(len, found)), 1)


def _recall_and_gain(batch: Trials, repeat: float, near: float) -> np.ndarray:
    score = repeat * batch.repeat + near * batch.near + batch.popular
    top = min(_TOP, score.shape[1])
    best = np.argpartition(-score, top - 1, axis=1)[:, :top]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(score, best, 1), axis=1), 1)
    hit = np.take_along_axis(batch.hit, best, 1) & np.isfinite(np.take_along_axis(score, best, 1))
    discount = 1 / np.log2(np.arange(2, top + 2))
    ideal = np.cumsum(discount)[np.minimum(batch.asked, top) - 1]
    quality: np.ndarray = hit.sum(axis=1) / batch.asked + hit @ discount / ideal
    return quality
