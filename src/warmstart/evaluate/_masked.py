"""Weighted means over the query rows of every task at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "masked_mean"]

Floats = npt.NDArray[np.float64]


def masked_mean(values: npt.ArrayLike, mask: npt.ArrayLike) -> Floats:
    """float64[..., tasks]: mean of values [..., tasks, query] weighted by mask [tasks, query]; NaN without weight."""
    weight = np.asarray(mask, dtype=np.float64)
    counted = np.where(weight > 0, np.asarray(values, dtype=np.float64), 0.0)
    total = weight.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        mean: Floats = (counted * weight).sum(axis=-1) / total
    return mean
