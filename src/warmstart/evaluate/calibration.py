"""`Calibration`: whether what was said to be so likely came true as often, over all tasks together.

Of numbers it is asked quantile by quantile, of two classes by how probable the second was said to be. A task counts the
same however many rows it has. Sources: Naeini, Cooper, Hauskrecht 2015 (expected calibration error); Kuleshov, Fenner,
Ermon 2018 (quantiles).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from warmstart.evaluate._masked import Floats

__all__ = ["CALIBRATION", "LEVELS", "Calibration", "calibration_error", "class_calibration", "number_calibration"]

CALIBRATION = "calibration"
"""Name of the sums among the metrics of a task."""

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_BINS = 10
_RESAMPLES = 500
_TINY = 1e-12


@dataclass(frozen=True)
class Calibration:
    """One learner at one number of support rows; tuples [bins], empty bins left out."""

    slice: str
    learner: str
    k: int | None
    said: tuple[float, ...]
    """Mean probability that was said: a level, or the mean inside a tenth of the probabilities."""
    true: tuple[float, ...]
    """Share that came true."""
    share: tuple[float, ...]
    """Of all rows, in this bin; 1 for each level."""

    @classmethod
    def of(cls, slice_: str, learner: str, k: int | None, sums: Floats) -> Calibration:
        """From `sums` [tasks, 3, bins] of `number_calibration` or `class_calibration`."""
        rows, said, true = sums.sum(axis=0)
        held = rows > 0
        parts = (said[held] / rows[held], true[held] / rows[held], rows[held] / len(sums))
        return cls(slice_, learner, k, *(tuple(map(float, part)) for part in parts))


def number_calibration(y: Floats, mean: Floats, variance: Floats, mask: Floats) -> Floats:
    """float64[tasks, 3, levels]: ones, the levels, and the share of y at or below each level's quantile.

    A normal prediction; all arguments [tasks, query]. NaN for a task without rows.
    """
    std = np.sqrt(np.where(mask > 0, variance, 1.0))
    reach = (np.asarray(y, np.float64) - mean) / np.maximum(std, _TINY)
    below = (reach[..., None] <= special.ndtri(np.array(LEVELS))) * mask[..., None]
    true = below.sum(axis=1) / _rows(mask)[:, None]
    said = np.broadcast_to(LEVELS, true.shape)
    return np.stack([np.where(np.isnan(true), np.nan, 1.0), np.where(np.isnan(true), np.nan, said), true], axis=1)


def class_calibration(y: np.ndarray, probability: Floats, mask: Floats) -> Floats:
    """float64[tasks, 3, 10]: share of rows in each tenth of the probabilities of class 1; with it their sum and hits.

    All arguments [tasks, query]. NaN for a task without rows.
    """
    place = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    inside = (place[..., None] == np.arange(_BINS)) * mask[..., None]
    parts = [inside, inside * probability[..., None], inside * (y > 0)[..., None]]
    return np.stack([part.sum(axis=1) for part in parts], axis=1) / _rows(mask)[:, None, None]


def calibration_error(sums: Floats, seed: int = 0) -> tuple[float, float, float]:
    """Mean distance between what was said and what came true, by how often it was said; and its 95 % interval.

    `sums` is [tasks, 3, bins]; the interval is of tasks drawn anew.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=_RESAMPLES)
    flat = sums.reshape(len(sums), -1)
    again = _error((drawn @ flat).reshape(_RESAMPLES, *sums.shape[1:]))
    low, high = np.quantile(again, [0.025, 0.975])
    return float(_error(sums.sum(axis=0))), float(low), float(high)


def _error(sums: Floats) -> Floats:
    """float64[...] of [..., 3, bins]."""
    rows, said, true = np.moveaxis(sums, -2, 0)
    return np.asarray(np.abs(said - true).sum(axis=-1) / np.maximum(rows.sum(axis=-1), _TINY))


def _rows(mask: Floats) -> Floats:
    total = mask.sum(axis=1)
    return np.where(total > 0, total, np.nan)
