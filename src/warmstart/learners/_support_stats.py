"""What a boosted model can be told of a support: features that do not depend on the order of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Side", "Told", "support_features"]

_WIDTHS = (0.3, 1.0, 3.0)  # of the kernel, in standard deviations per feature
_CELLS = 250_000  # pairs of a query row and a support row that are compared at once
_RIDGE = 0.1  # noise of the local fit against unit signal


class Side(NamedTuple):
    """Rows of the support or of the query."""

    numbers: np.ndarray
    """float32[tasks, rows, numbers]: standardised, no NaN"""
    codes: np.ndarray
    """float32[tasks, rows, codes]: NaN for unknown"""


class Told(NamedTuple):
    """What is known of the support rows."""

    y: np.ndarray
    """float32[tasks, support]"""
    residual: np.ndarray
    """float32[tasks, support, outputs]: what the levelled base gets wrong, as the slope of the log likelihood"""
    weight: np.ndarray
    """float32[tasks, support]: 0 marks padding"""


def support_features(support: Side, query: Side, told: Told) -> np.ndarray:
    """float32[tasks, query, features]: size, spread of y, mean residual, place of the query, residuals nearby.

    Some tasks at a time, since every query row is compared with every support row.
    """
    tasks, asked = query.numbers.shape[:2]
    at_once = max(_CELLS // max(asked * told.y.shape[1], 1), 1)
    cuts = [slice(start, start + at_once) for start in range(0, max(tasks, 1), at_once)]
    return np.concatenate(
        [_features(_cut(Side, support, cut), _cut(Side, query, cut), _cut(Told, told, cut)) for cut in cuts]
    )


def _cut(kind: Any, arrays: Sequence[np.ndarray], tasks: slice) -> Any:
    """The same arrays of some tasks."""
    return kind(*(array[tasks] for array in arrays))


def _features(support: Side, query: Side, told: Told) -> np.ndarray:
    tasks, asked = query.numbers.shape[:2]
    per_task = np.concatenate([_of_target(told), _mean(told.residual, told.weight)], axis=1)
    centre = _mean(support.numbers, told.weight)
    parts = [
        np.broadcast_to(per_task[:, None], (tasks, asked, per_task.shape[1])),
        np.broadcast_to(centre[:, None], query.numbers.shape),
        query.numbers - centre[:, None],
        _nearby(support, query, told),
    ]
    return np.concatenate(parts, axis=-1).astype(np.float32)


def _of_target(told: Told) -> np.ndarray:
    """float64[tasks, 5]: rows, mean, standard deviation, least and greatest y; NaN where there is none."""
    rows = told.weight.sum(axis=1)
    mean = _mean(told.y[..., None], told.weight)[:, 0]
    spread = np.sqrt(_mean((told.y - mean[:, None])[..., None] ** 2, told.weight)[:, 0])
    real = told.weight > 0
    least = np.where(real, told.y, np.inf).min(axis=1, initial=np.inf)
    greatest = np.where(real, told.y, -np.inf).max(axis=1, initial=-np.inf)
    empty = rows == 0
    columns = [np.where(empty, np.nan, column) for column in (mean, spread, least, greatest)]
    return np.stack([rows, *columns], axis=1)


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """float64[tasks, columns]: weighted mean over the support; 0 without any."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    mean: np.ndarray = (values * weight[..., None]).sum(axis=1) / total
    return mean


def _nearby(support: Side, query: Side, told: Told) -> np.ndarray:
    """float64[tasks, query, …]: kernel-weighted residuals, a local ridge fit, distance to the nearest."""
    real = told.weight[:, None, :] > 0
    apart = _distance(query, support)
    parts = []
    for width in _WIDTHS:
        kernel = np.exp(-apart / (2 * width**2)) * told.weight[:, None, :]
        parts.append(kernel @ told.residual / (kernel.sum(axis=-1, keepdims=True) + 1.0))
    nearest = np.where(real, apart, np.inf).min(axis=-1, initial=np.inf)[..., None]
    parts += [_local_fit(support, query, told), np.where(np.isfinite(nearest), nearest, np.nan)]
    return np.concatenate(parts, axis=-1)


def _local_fit(support: Side, query: Side, told: Told) -> np.ndarray:
    """float64[tasks, query, outputs]: kernel ridge regression of the residuals, solved for all tasks at once."""
    root = np.sqrt(told.weight)[..., None]  # a row of weight 0 becomes a row of zeros and drops out
    inner = _similarity(support, support) * root * np.swapaxes(root, 1, 2)
    solved = np.linalg.solve(inner + _RIDGE * np.eye(root.shape[1]), told.residual * root)
    return np.asarray(_similarity(query, support) @ (solved * root))


def _similarity(a: Side, b: Side) -> np.ndarray:
    """float64[tasks, rows of a, rows of b]: a linear and a smooth kernel over the features."""
    features = max(a.numbers.shape[-1], 1)
    linear = a.numbers.astype(np.float64) @ np.swapaxes(b.numbers, 1, 2) / features
    similarity: np.ndarray = 0.5 * linear + 0.5 * np.exp(-_distance(a, b) / 2)
    return similarity


def _distance(a: Side, b: Side) -> np.ndarray:
    """float64[tasks, rows of a, rows of b]: mean squared difference per number plus share of codes that disagree."""
    features = max(a.numbers.shape[-1], 1)
    x, z = a.numbers.astype(np.float64), b.numbers.astype(np.float64)
    square = (x**2).sum(-1)[:, :, None] + (z**2).sum(-1)[:, None, :] - 2 * x @ np.swapaxes(z, 1, 2)
    apart = np.maximum(square, 0) / features
    columns = a.codes.shape[-1]
    for c in range(columns):
        apart = apart + (a.codes[:, :, None, c] != b.codes[:, None, :, c]) / columns
    return np.asarray(apart)
