"""How forecasts are judged: errors over those of the naive forecast, and quantiles in the target's own unit."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from warmstart.engine.answer import count_moments
from warmstart.evaluate._masked import Floats, masked_mean
from warmstart.evaluate._regression import coverage
from warmstart.prediction import Count
from warmstart.tables.target import TargetEncoder
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes
from warmstart.types import Latent

__all__ = ["mase", "naive_error", "quantile_metrics", "wql"]

_DECILES = np.arange(1, 10) / 10
_LEVELS = np.array([0.05, *_DECILES, 0.95])
_Z = np.array([NormalDist().inv_cdf(level) for level in _LEVELS])


def naive_error(arrays: TaskArrays, episodes: Episodes, target: TargetEncoder) -> Floats:
    """float64[episodes]: mean absolute step from row to row of the task's own rows before its first query row.

    In the target's unit. All those rows count, whatever the support shows of them, so that every K is judged on one
    scale. NaN where there are fewer than two, where none differs from the last, and where there is no time.
    """
    if not arrays.time.any() or not len(episodes):
        return np.full(len(episodes), np.nan)
    y = target.decode_location(arrays.y)
    total = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(y, prepend=y[:1])))])
    first = np.minimum.reduceat(episodes.query.values, episodes.query.offsets[:-1])
    second = arrays.offsets[episodes.task] + 1
    steps = first - second
    walked = total[first] - total[np.minimum(second, first)]
    return np.where((steps > 0) & (walked > 0), walked / np.maximum(steps, 1), np.nan)


def mase(error: Floats, naive: Floats) -> Floats:
    """float64[tasks]: a mean absolute error [tasks] over `naive_error` [tasks]. Source: Hyndman, Koehler 2006."""
    return error / naive


def wql(y: Floats, quantiles: Floats, levels: Floats, mask: Floats) -> Floats:
    """float64[tasks]: twice the pinball loss, summed over rows, over the sum of |y|; the mean over the levels.

    `quantiles` is [levels, tasks, query], the rest [tasks, query]; NaN where nothing was sold. At the median alone it
    is the weighted absolute percentage error. Source: Gasthaus et al. 2019, section 4.
    """
    error, p = y - quantiles, levels[:, None, None]
    loss = masked_mean(2 * np.maximum(p * error, (p - 1) * error), mask).mean(axis=0)
    size = masked_mean(np.abs(y), mask)
    return np.asarray(loss / np.where(size > 0, size, np.nan))


def quantile_metrics(latent: Latent, batch: Batch, target: TargetEncoder) -> dict[str, Floats]:
    """`wql` and `coverage90` of a number or a count, by the quantiles that its prediction gives the user."""
    y, quantiles = target.decode_location(batch.y), _quantiles(latent, target)
    low, deciles, high = quantiles[0], quantiles[1:-1], quantiles[-1]
    return {
        "wql": wql(y, deciles, _DECILES, batch.mask),
        "coverage90": coverage(y, low, high, batch.mask),
    }


def _quantiles(latent: Latent, target: TargetEncoder) -> Floats:
    """float64[levels, tasks, query], in the target's unit."""
    if target.likelihood == "negative_binomial":
        mean, variance = count_moments(latent)
        found: Floats = Count(mean.ravel(), variance.ravel()).answers["quantile"](_LEVELS)
        return found.reshape(-1, *mean.shape)
    std = np.sqrt(np.asarray(latent.variance + latent.noise, np.float64))
    return np.asarray(target.decode_location(latent.mean + _Z[:, None, None] * std))
