"""`survival_curve`: hazards of intervals as the chance that the event has not come yet, and when to expect it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError

__all__ = ["SurvivalCurve", "survival_curve"]

Floats = npt.NDArray[np.float64]
_HALF = 0.5


@dataclass(frozen=True)
class SurvivalCurve:
    """One curve for each customer; between two edges events are taken to spread evenly."""

    edges: Floats
    """float64[intervals + 1]: 0, then the end of each interval"""
    chance: Floats
    """float64[customers, intervals + 1]: that the event has not come by each edge; 1 at the first"""

    @property
    def mean(self) -> Floats:
        """float64[customers]: expected time to the event or the last edge, whichever comes first (restricted mean)."""
        between = (self.chance[:, :-1] + self.chance[:, 1:]) / 2
        return np.asarray((between * np.diff(self.edges)).sum(axis=1))

    @property
    def median(self) -> Floats:
        """float64[customers]: when the chance has fallen to a half; infinite where the last edge still has more."""
        below = self.chance <= _HALF
        at = below.argmax(axis=1)
        customer = np.arange(len(self.chance))
        high, low = self.chance[customer, at - 1], self.chance[customer, at]
        fallen = (high - _HALF) / np.where(high > low, high - low, 1.0)
        found = self.edges[at - 1] + fallen * (self.edges[at] - self.edges[at - 1])
        return np.where(below.any(axis=1), found, np.inf)

    def at(self, time: float) -> Floats:
        """float64[customers]: chance that the event has not come by `time`, from 0 to the last edge."""
        if not 0 <= time <= self.edges[-1]:
            raise UsageError(f"expected a time from 0 to the last edge, {self.edges[-1]:g}; got {time}")
        end = max(int(np.searchsorted(self.edges, time)), 1)
        share = (time - self.edges[end - 1]) / (self.edges[end] - self.edges[end - 1])
        return np.asarray(self.chance[:, end - 1] + share * (self.chance[:, end] - self.chance[:, end - 1]))


def survival_curve(hazards: npt.ArrayLike, edges: Sequence[float]) -> SurvivalCurve:
    """Curves of customers from how probable the event is in each interval, given that it has not come before.

    `hazards` [customers × intervals], the intervals of a customer together and in order as `person_periods` makes them,
    are the `mean` of a prediction; `edges` are those given to it.

    Errors: `UsageError` for edges that do not rise from above 0, hazards outside 0 … 1, or no whole customers.

    >>> curve = survival_curve([0.2, 0.5, 0.0, 0.1], edges=(7, 14))
    >>> curve.chance.round(2).tolist(), curve.median.tolist(), curve.mean.round(2).tolist()
    ([[1.0, 0.8, 0.4], [1.0, 1.0, 0.9]], [12.25, inf], [10.5, 13.65])
    """
    ends, hazard = np.asarray(edges, np.float64), np.asarray(hazards, np.float64).ravel()
    if ends.ndim != 1 or not len(ends) or not (np.diff(ends, prepend=0.0) > 0).all():
        raise UsageError(f"expected edges that rise from above 0; got {tuple(edges)}")
    if len(hazard) % len(ends):
        raise UsageError(f"expected {len(ends)} hazards, one an interval, for each customer; got {len(hazard)} in all")
    if not ((hazard >= 0) & (hazard <= 1)).all():
        raise UsageError("expected hazards from 0 to 1; got one outside")
    left = np.cumprod(1 - hazard.reshape(-1, len(ends)), axis=1)
    return SurvivalCurve(np.append(0.0, ends), np.concatenate([np.ones((len(left), 1)), left], axis=1))
