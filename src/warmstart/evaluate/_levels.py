"""Errors and agreement of ordered classes, in what their levels count as, per task."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._masked import Floats
from warmstart.evaluate._regression import mae, qwk, rmse

__all__ = ["level_metrics"]

_HALF = 0.5


def level_metrics(y: npt.NDArray[np.integer], probability: Floats, values: Floats, mask: Floats) -> dict[str, Floats]:
    """Absolute error of the median level, squared error of the expected one, kappa of the level nearest to that.

    `y` (class index) and `mask` are [tasks, query], `probability` is [tasks, query, classes], `values` [classes]. Each
    error is of the number that makes it least; kappa counts steps.
    """
    truth, expected = values[y], probability @ values
    median = values[(probability.cumsum(axis=-1)[..., :-1] < _HALF).sum(axis=-1)]
    nearest = np.round(probability @ np.arange(len(values)))
    return {
        "mae": mae(truth, median, mask),
        "rmse": rmse(truth, expected, mask),
        "qwk": qwk(y.astype(np.float64), nearest, mask),
    }
