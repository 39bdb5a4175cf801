"""Linear models of many small tasks at once: ridge with the strength of least left-out error, and Newton's method."""

from __future__ import annotations

import numpy as np

from warmstart.learners.likelihoods import likelihood

__all__ = ["newton_fit", "ridge_by_left_out"]

_RIDGES = np.array([1e9, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1])


def ridge_by_left_out(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, mean: float, variance: float, prior_rows: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weights [tasks, 1 + features] and noise variance [tasks] of each task's own ridge regression.

    `x` is [tasks, support, features], y and weight [tasks, support]. The intercept is pulled to `mean` by `prior_rows`
    rows; slopes are penalised by the ridge whose leave-one-out error, known in closed form, is least (Golub, Heath,
    Wahba 1979). The first ridge means no slopes at all. The noise is pulled to `variance` by one row.
    """
    root = np.sqrt(weight)
    # The intercept's kernel does not scale with the ridge, so that no one eigendecomposition serves all ridges.
    flat = root[:, :, None] * root[:, None, :]
    inner = (x @ np.swapaxes(x, 1, 2)) * flat
    target = (y - mean) * root
    eye = np.eye(x.shape[1])
    best, left = np.zeros_like(target), np.full(len(y), np.inf)
    slope = np.zeros(len(y))
    for ridge in _RIDGES:
        kernel = inner / ridge + flat / prior_rows
        inverse = np.linalg.inv(kernel + eye)
        dual = np.einsum("tij,tj->ti", inverse, target)
        error = dual / np.maximum(np.einsum("tii->ti", inverse), 1e-12)
        square = (error**2).sum(axis=1)
        better = square < left
        best, left = np.where(better[:, None], dual, best), np.where(better, square, left)
        slope = np.where(better, 1 / ridge, slope)
    intercept = mean + (best * root).sum(axis=1) / prior_rows
    slopes = np.einsum("ts,tsf->tf", best * root, x) * slope[:, None]
    noise = (left + variance) / ((weight > 0).sum(axis=1) + 1)
    return np.concatenate([intercept[:, None], slopes], axis=1), noise


def newton_fit(
    name: str, x: np.ndarray, y: np.ndarray, weight: np.ndarray, prior: tuple[float, float, float, float]
) -> np.ndarray:
    """Weights [tasks, 1 + features] at the mode of a ridge-penalised likelihood with one output.

    `prior` is (intercept, its precision, precision of slopes, noise). Steps use the likelihood's curvature bound.
    """
    intercept, precision, ridge, noise = prior
    family = likelihood(name)
    tasks, support, features = x.shape
    wide = np.concatenate([np.ones((tasks, support, 1)), x], axis=2)
    centre = np.zeros((tasks, features + 1))
    centre[:, 0] = intercept
    penalty = np.diag(np.concatenate([[precision], np.full(features, ridge)]))
    found = centre.copy()
    for _ in range(family.newton_steps):
        eta = np.einsum("tsf,tf->ts", wide, found)
        at = (eta.reshape(-1, 1), y.reshape(-1), np.float64(noise))
        slope, curvature = family.gradient(*at), family.curvature(*at)
        pull = np.einsum("tsf,ts->tf", wide, weight * slope.reshape(tasks, support)) - (found - centre) @ penalty
        bend = np.swapaxes(wide * (weight * np.reshape(curvature, weight.shape))[..., None], 1, 2) @ wide + penalty
        found = found + np.linalg.solve(bend, pull[..., None])[..., 0]
    return found
