"""`variance_factors`: by how much the variance of predictions is to be multiplied so that 90 % intervals hold."""

from __future__ import annotations

import numpy as np

from warmstart.engine.rehearse import Rehearsal
from warmstart.engine.select import neighbours

__all__ = ["variance_factors"]

_LEVEL, _REACH = 0.9, 1.6448536269514722  # a normal's central 90 % reach this far
_HIGHEST = 0.99
_LEAST, _MOST = 0.1, 10.0
_TINY = 1e-12


def variance_factors(rehearsal: Rehearsal, weights: np.ndarray) -> np.ndarray:
    """float64[shots] for the mixture by `weights` [shots, members]; 1 where it has no normal predictions.

    The quantile of |error| / deviation over held-out tasks, each task counting the same, against that of a normal; its
    logarithm is smoothed over neighbouring support sizes. Its level is 0.9 (1 + 1 / n), since a new group is likely to
    lie beyond some of those that were seen; n is how many independent rows tell as much of the level as these groups
    do, never fewer than there are groups. Sources: split conformal prediction with normalised scores (Lei, G'Sell,
    Rinaldo, Tibshirani, Wasserman 2018, 5.2); effective sample size of clusters (Kish 1965, 8.2).
    """
    if not len(rehearsal.variance):
        return np.ones(len(weights))
    log = np.log([_factor(rehearsal, shot, each) for shot, each in enumerate(weights)])
    return np.asarray(np.exp(neighbours(len(log)) @ log))


def _factor(rehearsal: Rehearsal, shot: int, weights: np.ndarray) -> float:
    said, y, mask = rehearsal.evidence.said[shot], rehearsal.y, rehearsal.mask
    assert y is not None
    assert mask is not None
    mean = np.tensordot(weights, said, axes=1)
    variance = np.tensordot(weights, rehearsal.variance[shot] + (said - mean) ** 2, axes=1)
    share = mask / np.maximum(mask.sum(axis=1, keepdims=True), _TINY) * rehearsal.evidence.counts[shot][:, None]
    reach = np.abs(y - mean) / np.sqrt(np.maximum(variance, _TINY))
    found = _quantile(reach, share, _LEVEL)
    inside = np.bincount(rehearsal.evidence.group, (share * (reach <= found)).sum(axis=1))
    total = np.bincount(rehearsal.evidence.group, share.sum(axis=1))
    error = ((inside - _LEVEL * total) ** 2).sum() / total.sum() ** 2  # squared standard error over groups
    effective = max(_LEVEL * (1 - _LEVEL) / max(error, _TINY), (total > 0).sum())
    found = _quantile(reach, share, min(_LEVEL * (1 + 1 / effective), _HIGHEST))
    return float(np.clip((found / _REACH) ** 2, _LEAST, _MOST))


def _quantile(values: np.ndarray, weight: np.ndarray, level: float) -> float:
    order = np.argsort(values, axis=None)
    at = np.searchsorted(np.cumsum(weight.ravel()[order]), level * weight.sum())
    return float(values.ravel()[order][min(int(at), values.size - 1)])
