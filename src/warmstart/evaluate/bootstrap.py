"""Intervals over tasks: how far a mean would move if other tasks (or groups of tasks) had been drawn."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._masked import Floats

__all__ = ["Interval", "interval", "paired_difference", "per_task"]


class Interval(NamedTuple):
    """A mean over tasks and its percentile bootstrap interval; all NaN where no task defines the metric."""

    mean: float
    low: float
    high: float


def per_task(values: npt.ArrayLike) -> Floats:
    """float64[tasks]: values [tasks] as they are, or [seeds, tasks] averaged over the seeds that define them."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1:
        return array
    known = ~np.isnan(array)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, array, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean


@lru_cache(maxsize=4)  # one draw serves all learners, shots and metrics of a report
def _times_drawn(units: int, draws: int, seed: int) -> npt.NDArray[np.float32]:
    """float32[draws, units]: how often each unit is drawn, `units` times with replacement."""
    drawn = np.random.default_rng(seed).integers(0, units, size=(draws, units))
    drawn += np.arange(draws)[:, None] * units
    times = np.bincount(drawn.ravel(), minlength=draws * units).reshape(draws, units).astype(np.float32)
    times.flags.writeable = False
    return times


def interval(
    values: npt.ArrayLike,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    groups: npt.NDArray[np.integer] | None = None,
) -> Interval:
    """Mean over tasks of values [tasks] or [seeds, tasks], with its bootstrap interval; NaN tasks are left out.

    With `groups` (int[tasks]) whole groups are drawn, since tasks of one store or customer are not independent.
    """
    value = per_task(values)
    known = ~np.isnan(value)
    if not known.any():
        return Interval(np.nan, np.nan, np.nan)
    kept = value[known]
    mean = float(kept.mean())
    unit = np.arange(len(kept)) if groups is None else np.unique(groups[known], return_inverse=True)[1]
    size = np.bincount(unit)
    moved = np.bincount(unit, kept - mean)
    times = _times_drawn(len(size), draws, seed)
    shifts = (times @ moved.astype(np.float32)) / (times @ size.astype(np.float32))
    low, high = np.quantile(shifts, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, mean + float(low), mean + float(high))


def paired_difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    groups: npt.NDArray[np.integer] | None = None,
) -> Interval:
    """Interval of mean(a - b) over the tasks that both define; `a` and `b` are [tasks] or [seeds, tasks]."""
    return interval(per_task(a) - per_task(b), level, draws, seed, groups)
