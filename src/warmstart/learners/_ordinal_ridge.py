"""Ridge regression of ordered classes: one latent for each row, and the cuts between the classes (McCullagh 1980)."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners.ordinal import Ordinal, cuts_init, falling, slopes_by_cut
from warmstart.types import Latent

__all__ = ["ordinal_ridge"]

_ITERATIONS = 200


def ordinal_ridge(
    x: Any, y: np.ndarray, weight: np.ndarray, penalty: float, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """float64[cuts] and float64[columns]: log odds above each cut, and weights, of least -log p plus their penalty.

    `x` is a sparse matrix [rows, columns], `y` a class index. L-BFGS (Liu, Nocedal 1989).
    """
    from scipy.optimize import minimize

    cuts = classes - 1

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        free, slopes = found[:cuts], found[cuts:]
        eta = falling(free) + (x @ slopes)[:, None]
        value = -Ordinal().log_prob(Latent(eta, 0 * eta, 0.0), y)
        slope = -weight[:, None] * slopes_by_cut(eta, y)
        later = slope.sum(axis=0)[::-1].cumsum()[::-1]  # a step down moves its own cut and all after it
        steps = np.concatenate([later[:1], -later[1:] / (1 + np.exp(-free[1:]))])
        pull = np.concatenate([steps, x.T @ slope.sum(axis=1) + penalty * slopes])
        return float(weight @ value + 0.5 * penalty * slopes @ slopes), pull

    start = np.concatenate([cuts_init(np.bincount(y.astype(int), weight, classes)), np.zeros(x.shape[1])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    return falling(found[:cuts]), found[cuts:]
