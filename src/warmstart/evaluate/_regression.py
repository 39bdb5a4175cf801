"""Errors, likelihood and calibration of numbers, per task."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._masked import Floats, masked_mean

__all__ = [
    "coverage",
    "mae",
    "mape",
    "nll",
    "pinball",
    "qwk",
    "regression_metrics",
    "rmse",
    "top_fifth",
    "unit_metrics",
    "wape",
]

_DECILES = np.arange(1, 10) / 10
_Z_DECILES = np.array([NormalDist().inv_cdf(level) for level in _DECILES])
_FIFTH = 5
_Z_90 = NormalDist().inv_cdf(0.95)


def mae(y: Floats, mean: Floats, mask: Floats) -> Floats:
    """float64[tasks]: mean absolute error; all arguments [tasks, query]."""
    return masked_mean(np.abs(y - mean), mask)


def rmse(y: Floats, mean: Floats, mask: Floats) -> Floats:
    """float64[tasks]: root mean squared error; all arguments [tasks, query]."""
    return np.sqrt(masked_mean((y - mean) ** 2, mask))


def nll(y: Floats, mean: Floats, variance: Floats, mask: Floats) -> Floats:
    """float64[tasks]: mean of -log N(y; mean, variance); all arguments [tasks, query]."""
    variance = np.where(mask > 0, variance, 1.0)
    return masked_mean(0.5 * (np.log(2 * np.pi * variance) + (y - mean) ** 2 / variance), mask)


def coverage(y: Floats, low: Floats, high: Floats, mask: Floats) -> Floats:
    """float64[tasks]: share of rows with low <= y <= high; all arguments [tasks, query]."""
    return masked_mean((low <= y) & (y <= high), mask)


def pinball(y: Floats, quantiles: Floats, levels: npt.ArrayLike, mask: Floats) -> Floats:
    """float64[tasks]: pinball loss of `quantiles` [levels, tasks, query], mean over the levels."""
    p = np.asarray(levels, dtype=np.float64)[:, None, None]
    error = y - quantiles
    loss: Floats = masked_mean(np.maximum(p * error, (p - 1) * error), mask).mean(axis=0)
    return loss


def wape(y: Floats, predicted: Floats, mask: Floats) -> Floats:
    """float64[tasks]: sum of absolute errors over the sum of |y|, NaN where that is 0; arguments [tasks, query]."""
    size = masked_mean(np.abs(y), mask)
    return masked_mean(np.abs(y - predicted), mask) / np.where(size > 0, size, np.nan)


def mape(y: Floats, predicted: Floats, mask: Floats) -> Floats:
    """float64[tasks]: mean of |y - predicted| / |y| over the rows where y is not 0; arguments [tasks, query]."""
    known = np.where(y == 0, 0.0, mask)
    return masked_mean(np.abs(y - predicted) / np.where(y == 0, 1.0, np.abs(y)), known)


def qwk(y: Floats, predicted: Floats, mask: Floats) -> Floats:
    """float64[tasks]: quadratic weighted kappa of steps on a scale, NaN where all are one; arguments [tasks, query].

    One minus the squared disagreement over that of the same steps paired at random (Cohen 1968).
    """
    means = masked_mean(y, mask), masked_mean(predicted, mask)
    chance = masked_mean(y**2, mask) + masked_mean(predicted**2, mask) - 2 * means[0] * means[1]
    return 1 - masked_mean((y - predicted) ** 2, mask) / np.where(chance > 0, chance, np.nan)


def top_fifth(y: Floats, predicted: Floats, mask: Floats) -> Floats:
    """float64[tasks]: share of the largest fifth of y, ties shared, that lies in the largest fifth of `predicted`.

    All arguments are [tasks, query]; equal values share their places evenly. NaN with fewer than five rows.
    """
    real = mask > 0
    count = real.sum(axis=1)
    wanted = np.ceil(count / _FIFTH)
    both = _chosen(y, real, wanted) * _chosen(predicted, real, wanted)
    found: Floats = np.where(count >= _FIFTH, both.sum(axis=1) / np.maximum(wanted, 1), np.nan)
    return found


def _chosen(values: Floats, real: npt.NDArray[np.bool_], wanted: Floats) -> Floats:
    """float64[tasks, query]: 1 for the `wanted` largest real values; equals of the last of them share what is left."""
    sunk = np.where(real, values, -np.inf)
    place = np.minimum(wanted.astype(int), real.shape[1])[:, None] - 1
    last = np.take_along_axis(-np.sort(-sunk, axis=1), np.maximum(place, 0), axis=1)
    above, equal = sunk > last, (sunk == last) & real
    share = (wanted[:, None] - above.sum(axis=1, keepdims=True)) / np.maximum(equal.sum(axis=1, keepdims=True), 1)
    return np.where(above & real, 1.0, np.where(equal, share, 0.0))


def regression_metrics(y: Floats, mean: Floats, variance: Floats, mask: Floats) -> dict[str, Floats]:
    """Every metric of a normal prediction: `y`, `mean`, `variance` and `mask` are [tasks, query], in one unit."""
    y, mean, variance = (np.asarray(part, dtype=np.float64) for part in (y, mean, variance))
    std = np.sqrt(np.where(mask > 0, variance, 1.0))
    return {
        "mae": mae(y, mean, mask),
        "rmse": rmse(y, mean, mask),
        "nll": nll(y, mean, variance, mask),
        "coverage90": coverage(y, mean - _Z_90 * std, mean + _Z_90 * std, mask),
        "pinball": pinball(y, mean + _Z_DECILES[:, None, None] * std, _DECILES, mask),
    }


def unit_metrics(y: Floats, predicted: Floats, mask: Floats) -> dict[str, Floats]:
    """Metrics in the user's unit, of what is counted, paid or waited for; all arguments [tasks, query]."""
    return {
        "unit_mae": mae(y, predicted, mask),
        "mape": mape(y, predicted, mask),
        "wape": wape(y, predicted, mask),
        "top_fifth": top_fifth(y, predicted, mask),
    }
