"""Ridge-penalised logistic regression of two classes, and the ridge of least held-out loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["RIDGES", "best_ridge", "fit_logistic", "linear_link"]

RIDGES = (3000.0, 300.0, 30.0, 3.0, 0.3)
"""From strong to weak, for columns of about unit spread."""
_STEPS = 50
_CLOSE = 1e-6
_TINY = 1e-9


def fit_logistic(
    x: Any, y: np.ndarray, weight: np.ndarray, ridge: float, start: np.ndarray | None = None
) -> np.ndarray:
    """Weights float64[1 + features] of least loss by Newton's method; the first is the intercept, without a penalty.

    `x` is float[rows, features], dense or sparse, `y` 0 or 1.
    """
    wide = sparse.hstack([np.ones((x.shape[0], 1)), sparse.csr_matrix(x, dtype=np.float64)], format="csr")
    penalty = np.full(wide.shape[1], ridge + _TINY)
    penalty[0] = _TINY
    found = np.zeros(wide.shape[1]) if start is None else start
    loss = _loss(wide, y, weight, penalty, found)
    for _ in range(_STEPS):
        p = _share(wide @ found)
        slope = wide.T @ (weight * (y - p)) - penalty * found
        bend = (wide.multiply((weight * p * (1 - p))[:, None]).T @ wide).toarray() + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        for _ in range(_STEPS):  # far from the best a full step may lead away from it
            moved = _loss(wide, y, weight, penalty, found + step)
            if moved <= loss:
                break
            step = step / 2
        found, loss = found + step, min(moved, loss)
        if np.abs(step).max() < _CLOSE:
            break
    return np.asarray(found)


def best_ridge(x: Callable[[np.ndarray], Any], y: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> float:
    """The one of `RIDGES` under which rows have the least log loss that were left out, a fold (int[rows]) at a time.

    `x(learnt)` makes the features of all rows by what the rows `learnt` (bool[rows]) say.
    """
    lost = np.zeros(len(RIDGES))
    for f in np.unique(fold):
        into, out = fold != f, fold == f
        features, weights = x(into), None
        for i, ridge in enumerate(RIDGES):
            weights = fit_logistic(features[into], y[into], weight[into], ridge, weights)
            link = linear_link(weights, features[out])
            lost[i] += (weight[out] * (np.logaddexp(0, link) - y[out] * link)).sum()
    return RIDGES[int(lost.argmin())]


def linear_link(weights: np.ndarray, x: Any) -> np.ndarray:
    """float64[...] of rows [..., features], dense or sparse."""
    return np.asarray(x @ weights[1:] + weights[0])


def _share(link: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(link, -30, 30))))


def _loss(wide: Any, y: np.ndarray, weight: np.ndarray, penalty: np.ndarray, found: np.ndarray) -> float:
    link = wide @ found
    return float((weight * (np.logaddexp(0, link) - y * link)).sum() + 0.5 * (penalty * found**2).sum())
