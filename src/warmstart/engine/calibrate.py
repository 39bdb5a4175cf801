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
    logarithm is smoothed over neighbouring support sizes. Its level is 0.9 (1 + 1 / groups), since a new group is
    likely to lie beyond some of those that were seen. Source: split conformal prediction with normalised scores (Lei,
    G'Sell, Rinaldo, Tibshirani, Wasserman 2018, 5.2).
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
    order = np.argsort(reach, axis=None)
    level = min(_LEVEL * (1 + 1 / len(np.unique(rehearsal.evidence.group))), _HIGHEST)
    at = np.searchsorted(np.cumsum(share.ravel()[order]), level * share.sum())
    found = float(reach.ravel()[order][min(int(at), reach.size - 1)])
    return float(np.clip((found / _REACH) ** 2, _LEAST, _MOST))
