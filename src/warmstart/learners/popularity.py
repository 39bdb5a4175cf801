"""`Popularity`: what everybody takes, or everybody in the same segment; the floor of every top-N list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._interactions import scores_at
from warmstart.learners._ranges import positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Spec, Support

__all__ = ["Popularity", "Segment", "best_segment", "item_counts", "narrow_columns", "smoothed_shares"]

_STRENGTHS = (10.0, 1e2, 1e3, 1e4, 1e5, 1e6)
_SURE = 4.0  # standard errors; the best of several columns and strengths is often above 2 by chance


class Segment(NamedTuple):
    """The segment of each task."""

    code: np.ndarray
    """int32[tasks]: 0 is unknown, or the only one."""


@dataclass(frozen=True)
class Popularity:
    """Log share of each item among all (task, item) pairs of the training tasks; the support is ignored."""

    segment: int | None = None
    """Index of the descriptor's code column whose values have lists of their own; None for one list."""
    strength: float = 3000.0
    """Pairs (> 0) that the overall shares count for inside each segment."""
    half_life: float | None = None
    """Ticks of the time column after which a pair counts half; None for all alike."""

    name: ClassVar[str] = "popularity"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "strength", *(["half_life"] if self.half_life is not None else []))

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"log_share": float32[segments, items]}."""
        counts = item_counts(train, self.segment, self.half_life)
        return {"log_share": np.log(smoothed_shares(counts, self.strength)).astype(np.float32)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Segment:
        """Look the segment up."""
        tasks = np.asarray(support.weight).shape[0]
        if self.segment is None:
            return Segment(np.zeros(tasks, dtype=np.int32))
        return Segment(np.asarray(descriptor.codes)[:, self.segment].astype(np.int32))

    def predict(self, params: Mapping[str, Any], state: Segment, query: Query) -> Latent:
        """Log shares [tasks, items]."""
        return scores_at(params["log_share"][state.code], query)


def item_counts(train: TaskArrays, segment: int | None, half_life: float | None = None) -> np.ndarray:
    """float64[segments, items]: tasks with each item, by the code of the task's descriptor; its latest row counts."""
    items, real = train.spec.items, np.flatnonzero((train.item >= 0) & (train.weight > 0))[::-1]
    task, item = train.task_of_row[real], train.item[real]
    latest = np.unique(task * items + item, return_index=True)[1]
    weight = np.ones(len(latest))
    if half_life is not None:
        weight = 0.5 ** ((train.time.max(initial=0) - train.time[real[latest]]) / half_life)
    if segment is None:
        return np.bincount(item[latest], weight, minlength=items)[None]
    code = train.descriptor.codes[task[latest], segment].astype(np.int64)
    segments = train.spec.descriptor.codes[segment]
    counts = np.bincount(code * items + item[latest], weight, minlength=segments * items)
    return counts.reshape(segments, items)


def smoothed_shares(counts: np.ndarray, strength: float) -> np.ndarray:
    """Shares [segments, items] of each segment's counts, pulled to the overall shares by `strength` pairs.

    An item that was never taken counts as half a pair, so that every share is positive.
    """
    overall = counts.sum(axis=0) + 0.5
    overall /= overall.sum()
    shares: np.ndarray = (counts + strength * overall) / (counts.sum(axis=1, keepdims=True) + strength)
    return shares


def narrow_columns(spec: Spec, widest: int = 64) -> list[int]:
    """The descriptor's code columns with few enough values to be segments."""
    return [i for i, values in enumerate(spec.descriptor.codes) if values <= widest]


def best_segment(train: TaskArrays, rng: np.random.Generator, widest: int = 64) -> int | None:
    """The descriptor's code column whose lists foretell half of the tasks from the other half best; None if chance may.

    Better is measured against the one list, by log share of each item taken, in standard errors; a column of more than
    `widest` values is no segment.
    """
    half = rng.permutation(train.n_tasks) < train.n_tasks // 2
    known, asked = train.take(np.flatnonzero(half)), train.take(np.flatnonzero(~half))
    one_list = smoothed_shares(item_counts(known, None), 1.0)
    narrow = narrow_columns(train.spec, widest)
    gains = {i: _gain(item_counts(known, i), item_counts(asked, i), one_list) for i in narrow}
    best = max(narrow, key=lambda i: gains[i], default=None)
    return best if best is not None and gains[best] > _SURE else None


def _gain(known: np.ndarray, asked: np.ndarray, one_list: np.ndarray) -> float:
    """Standard errors by which lists from `known` [segments, items], smoothed at best, foretell `asked` better."""

    def errors(strength: float) -> float:
        better = np.log(smoothed_shares(known, strength) / one_list)
        return float((asked * better).sum() / np.sqrt((asked * better**2).sum() + 1e-12))

    return max(errors(strength) for strength in _STRENGTHS)
