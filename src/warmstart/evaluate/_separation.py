"""How well a score tells two classes apart at one threshold, per task: Kolmogorov-Smirnov, recall at few alarms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._masked import Floats

__all__ = ["ks", "recall_at_fpr"]

Integers = npt.NDArray[np.integer]


class _Steps(NamedTuple):
    """The distinct scores of every task, highest first, and how much weight of each class has them: [steps]."""

    task: Integers
    ones: Floats
    zeros: Floats
    ones_above: Floats
    """Weight of class 1 with a higher score."""
    zeros_above: Floats
    all_ones: Floats
    """Of the step's task; NaN where the task has one class only."""
    all_zeros: Floats


def ks(y: Integers, score: Floats, mask: Floats) -> Floats:
    """float64[tasks]: Kolmogorov-Smirnov, the largest difference between the shares of both classes above a threshold.

    All arguments [tasks, query]; NaN with one class only.
    """
    steps = _steps(y, score, mask)
    apart = (steps.ones_above + steps.ones) / steps.all_ones - (steps.zeros_above + steps.zeros) / steps.all_zeros
    found: Floats = np.full(len(mask), np.nan)
    np.fmax.at(found, steps.task, np.abs(apart))
    return found


def recall_at_fpr(y: Integers, score: Floats, mask: Floats, rate: float) -> Floats:
    """float64[tasks]: share of class 1 above the threshold that a share `rate` of class 0 is above.

    Rows of one score are taken by chance where not all of them can be, which draws the straight line between two points
    of the ROC curve. All arguments [tasks, query]; NaN with one class only.
    """
    steps = _steps(y, score, mask)
    room = np.nan_to_num(rate * steps.all_zeros) - steps.zeros_above
    some = steps.zeros > 0
    taken = np.where(some, np.clip(room / np.where(some, steps.zeros, 1.0), 0.0, 1.0), room >= 0)
    return np.bincount(steps.task, taken * steps.ones / steps.all_ones, len(mask)) + _undefined(steps, len(mask))


def _undefined(steps: _Steps, tasks: int) -> Floats:
    """float64[tasks]: 0, NaN for a task without rows."""
    return np.where(np.bincount(steps.task, minlength=tasks) > 0, 0.0, np.nan)


def _steps(y: Integers, score: Floats, mask: Floats) -> _Steps:
    task, query = np.nonzero(mask > 0)
    order = np.lexsort((-score[task, query], task))
    task, query = task[order], query[order]
    values, one, weight = score[task, query], y[task, query] > 0, mask[task, query].astype(np.float64)
    fresh = np.ones(len(task), dtype=bool)
    fresh[1:] = (task[1:] != task[:-1]) | (values[1:] != values[:-1])
    step, owner = np.cumsum(fresh) - 1, task[fresh]
    ones, zeros = (_sums(step, weight * side, len(owner)) for side in (one, ~one))
    total = [_sums(owner, side, len(mask)) for side in (ones, zeros)]
    above = [
        np.cumsum(side) - side - (np.cumsum(every) - every)[owner]
        for side, every in zip((ones, zeros), total, strict=True)
    ]
    both = np.where((total[0] > 0) & (total[1] > 0), 1.0, np.nan)
    return _Steps(owner, ones, zeros, *above, *((every * both)[owner] for every in total))


def _sums(place: Integers, values: Floats, size: int) -> Floats:
    return np.bincount(place, values, size).astype(np.float64)
