"""How well hazards tell who has the event first, and how surely, where some customers were lost sight of, per task.

Time is the number of the interval. What became of customers is `seen` [tasks, customers], the intervals that each was
at risk in (0 is padding), and `came`, whether the event came in the last of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._classification import auc
from warmstart.evaluate._masked import Floats, masked_mean
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes

__all__ = ["Watched", "concordance", "integrated_brier", "kept_in_sight", "survival_metrics"]

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.integer]


class Watched(NamedTuple):
    """What all metrics of one evaluation share."""

    intervals: int
    kept: Floats
    """float64[intervals]: chance that a customer is not lost sight of by the end of each."""

    @classmethod
    def of(cls, arrays: TaskArrays, episodes: Episodes) -> Watched | None:
        """From all that is asked; None where rows are no intervals of customers, or one lacks some of them."""
        units, rows = arrays.units, episodes.query.values
        if arrays.spec.likelihood != "bernoulli" or units is None or not (units.sizes == units.span).all():
            return None
        y, weight = (part[rows].reshape(1, -1, units.span) for part in (arrays.y, arrays.weight))
        return cls(units.span, kept_in_sight(*_outcome(y, weight), units.span))


def concordance(seen: Integers, came: Flags, risk: Floats) -> Floats:
    """float64[tasks]: chance that of two customers the one who has the event first has the higher `risk`.

    All arguments [tasks, customers]; an equal risk counts half. Pairs of which it is not known who was first do not
    count, nor those in one interval; who was watched through the interval of the other's event is later than that.
    NaN without a pair. Source: Harrell and others, Evaluating the yield of medical tests, JAMA 247(18), 1982.
    """
    won, pairs = np.zeros((2, len(seen)))
    for interval in range(1, int(seen.max(initial=0)) + 1):
        first = came & (seen == interval)
        later = (seen > interval) | (~came & (seen == interval))
        both = first.sum(axis=1) * later.sum(axis=1)
        won += np.where(both > 0, auc(first, risk, (first | later).astype(np.float64)), 0.0) * both
        pairs += both
    with np.errstate(invalid="ignore"):
        return np.asarray(won / pairs)


def kept_in_sight(seen: Integers, came: Flags, intervals: int) -> Floats:
    """float64[intervals]: Kaplan and Meier's estimate, over all tasks, of not being censored by each interval's end.

    Who was lost within an interval was at risk in the one before and is lost at its own start.
    """
    last = np.arange(1, intervals + 1)
    seen, came = seen[..., None], came[..., None]
    started = np.where(came, seen >= last, seen >= last - 1) & (seen > 0)
    lost = ~came & (seen == last - 1) & (seen > 0)
    tasks = tuple(range(seen.ndim - 1))
    return np.cumprod(1 - lost.sum(axis=tasks) / np.maximum(started.sum(axis=tasks), 1))


def integrated_brier(seen: Integers, came: Flags, survival: Floats, kept: Floats) -> Floats:
    """float64[tasks]: squared error of `survival` [tasks, customers, intervals], the mean over the ends of intervals.

    Who was not lost sight of stands for those who were: weights are one over `kept` [intervals], the chance of that, by
    the event or by the interval asked about, whichever was first. 0.25 is what a half for everyone gives. Source: Graf,
    Schmoor, Sauerbrei, Schumacher, Assessment and comparison of prognostic classification schemes, Statistics in
    Medicine 18, 1999; interval ends count alike.
    """
    last = np.arange(1, len(kept) + 1)
    each = 1 / np.where(kept > 0, kept, np.inf)
    gone = came[..., None] & (seen[..., None] <= last)
    there = np.where(came[..., None], seen[..., None] > last, seen[..., None] >= last)
    at_event = each[np.maximum(seen, 1) - 1][..., None]
    error = gone * at_event * survival**2 + there * each * (1 - survival) ** 2
    return masked_mean(error.mean(axis=-1), seen > 0)


def survival_metrics(y: Floats, hazard: Floats, mask: Floats, watched: Watched) -> dict[str, Floats]:
    """Metrics of customers; all [tasks, query], the intervals of a customer together and in order."""
    shape = (len(y), -1, watched.intervals)
    seen, came = _outcome(y.reshape(shape), mask.reshape(shape))
    survival = np.cumprod(1 - np.asarray(hazard, np.float64).reshape(shape), axis=2).astype(np.float64)
    risk = -survival.sum(axis=2)  # less time to expect
    return {
        "c_index": concordance(seen, came, risk),
        "ibs": integrated_brier(seen, came, survival, watched.kept),
    }


def _outcome(y: Floats, weight: Floats) -> tuple[Integers, Flags]:
    """`seen` and `came` of [..., customers, intervals]."""
    at_risk = weight > 0
    return at_risk.sum(axis=-1), np.asarray(((y > 0) & at_risk).any(axis=-1))
