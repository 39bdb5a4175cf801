"""`demand_curve`: sales foreseen to rising horizons, put in order so that no later one is below an earlier one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError

__all__ = ["demand_curve"]

_AXES = 2  # levels and horizons


def demand_curve(quantiles: npt.ArrayLike, sold: float = 0.0) -> npt.NDArray[np.float64]:
    """float64[levels, horizons]: cumulative sales of one item that rise with the horizon, in units.

    `quantiles` [levels, horizons] are those of the units sold up to each of the horizons, shortest first, each foreseen
    on its own; every level is sorted along the horizons, which never moves it away from a truth that rises, and what is
    `sold` already is the least. Levels that do not cross stay so.

    Errors: `UsageError` for another shape, a quantile that is no number, or `sold` below 0 or infinite.
    Source: V. Chernozhukov, I. Fernández-Val, A. Galichon, Improving point and interval estimators of monotone
    functions by rearrangement, Biometrika 96(3), 2009.

    >>> demand_curve([[1.0, 3.0, 2.0, 6.0]], sold=2).tolist()
    [[2.0, 2.0, 3.0, 6.0]]
    """
    values = np.asarray(quantiles, np.float64)
    if values.ndim != _AXES or np.isnan(values).any():
        raise UsageError(f"expected quantiles [levels, horizons], no gap; got shape {values.shape}: {values!s:.60}")
    if not 0 <= sold < np.inf:
        raise UsageError(f"expected units sold of 0 or more; got {sold}")
    return np.maximum(np.sort(values, axis=1), sold)
