"""The rows of a support as a series: oldest first, one a period, the query following the last of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Support

__all__ = ["FAMILIES", "SEASONS", "Recent", "latent_of_moments", "pairs", "recent", "season_of"]

FAMILIES = ("gaussian", "negative_binomial")
SEASONS = (4, 7, 12, 13, 24, 52)  # periods of a month, week, year, quarter, day or year
_LEAST = 0.01  # what is expected of a count where nothing was sold: it has a logarithm
_DISPERSIONS = (1e-4, 1e6)


class Recent(NamedTuple):
    """What each task has sold of late."""

    y: np.ndarray
    """float64[tasks, support]"""
    rows: np.ndarray
    """int64[tasks]: how many of them are there; padding stands last"""


def recent(support: Support) -> Recent:
    """The targets of each support, and how many there are."""
    return Recent(np.asarray(support.y, np.float64), (np.asarray(support.weight) > 0).sum(axis=1))


def latent_of_moments(family: str, mean: np.ndarray, variance: np.ndarray) -> Latent:
    """The belief whose prediction has this mean and variance, [tasks, query] each, in the encoded unit."""
    nothing = np.zeros(mean.shape, np.float32)
    if family == "gaussian":
        return Latent(mean.astype(np.float32), nothing, variance.astype(np.float32))
    mean = np.maximum(mean, _LEAST)
    dispersion = np.clip((variance - mean) / mean**2, *_DISPERSIONS)
    return Latent(np.log(mean).astype(np.float32), nothing, dispersion.astype(np.float32))


def pairs(train: TaskArrays, lag: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The targets of every two rows of one task so many rows apart, float64[pairs] before and after, and a weight."""
    same = train.task_of_row[lag:] == train.task_of_row[:-lag]
    y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
    return y[:-lag][same], y[lag:][same], (weight[lag:] * weight[:-lag])[same]


def season_of(train: TaskArrays) -> int:
    """The season after which rows of training tasks differ least, beside rows nearer than it; 1 where none do less.

    What the last value gets wrong over a season, on average, is what a season's own lag has to beat.
    """
    off = [_mean_step(train, lag) for lag in range(1, max(SEASONS) + 1)]
    ratio = {season: off[season - 1] / max(float(np.mean(off[:season])), 1e-12) for season in SEASONS}
    best = min(SEASONS, key=lambda season: ratio[season])
    return best if ratio[best] < 1 else 1


def _mean_step(train: TaskArrays, lag: int) -> float:
    """Mean absolute difference of rows so far apart; infinite where there are none."""
    before, after, weight = pairs(train, lag)
    return float(weight @ np.abs(after - before) / weight.sum()) if weight.any() else np.inf
