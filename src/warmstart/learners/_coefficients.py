"""Linear models whose coefficients are known up to a normal distribution: columns, sums over rows, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Coefficients", "Sums", "fit_columns", "foretell", "matrix", "sums_of_support", "sums_of_tasks"]

_WIDEST = 12  # a category with more values gets no columns

Columns = Mapping[str, Any]
"""{"codes": {place: int64[values]}, "centre": float64[columns], "scale": float64[columns]}"""


class Coefficients(NamedTuple):
    """What each task's coefficients are, the start first."""

    mean: np.ndarray
    """float64[tasks, 1 + columns]"""
    covariance: np.ndarray
    """float64[tasks, 1 + columns, 1 + columns]"""
    noise: np.ndarray
    """float64[tasks]: variance of a row around its line"""


class Sums(NamedTuple):
    """All that least squares must know of the rows of each task; x begins with a 1."""

    xx: np.ndarray
    """float64[tasks, 1 + columns, 1 + columns]"""
    xy: np.ndarray
    """float64[tasks, 1 + columns]"""
    yy: np.ndarray
    """float64[tasks]"""
    rows: np.ndarray
    """float64[tasks]: their weights"""


def fit_columns(name: str, rows: Rows, spec_items: int, codes: tuple[int, ...]) -> dict[str, Any]:
    """Every number and an indicator of each value of small categories, standardised; sets and texts are not read.

    Errors: `UsageError`, naming the learner, for rows that are items of a catalogue.
    """
    if spec_items:
        raise UsageError(f"learner {name!r} cannot read items of a catalogue; give rows their own features")
    small = {str(i): np.arange(1, size) for i, size in enumerate(codes) if size <= _WIDEST}
    raw = _raw(small, rows)
    spread = raw.std(axis=0)
    scale = np.where(spread > 0, 1 / np.maximum(spread, 1e-9), 0)
    return {"codes": small, "centre": raw.mean(axis=0), "scale": scale}


def matrix(columns: Columns, rows: Rows) -> np.ndarray:
    """float64[..., 1 + columns] of rows with any leading axes."""
    plain = (_raw(columns["codes"], rows) - columns["centre"]) * columns["scale"]
    return np.concatenate([np.ones((*plain.shape[:-1], 1)), plain], axis=-1)


def _raw(codes: Mapping[str, np.ndarray], rows: Rows) -> np.ndarray:
    numbers = np.nan_to_num(np.asarray(rows.numbers, np.float64))
    hot = [np.asarray(rows.codes)[..., int(place)][..., None] == values for place, values in codes.items()]
    return np.concatenate([numbers, *hot], axis=-1)


def sums_of_tasks(columns: Columns, train: TaskArrays) -> Sums:
    """Of all rows of every task."""
    x, y, weight = matrix(columns, train.x), train.y.astype(np.float64), train.weight.astype(np.float64)
    filled = train.sizes > 0
    starts = train.offsets[:-1][filled]

    def total(values: np.ndarray) -> np.ndarray:
        found = np.zeros((train.n_tasks, *values.shape[1:]))
        found[filled] = np.add.reduceat(values, starts, axis=0)
        return found

    weighted = x * weight[:, None]
    xx = np.stack([total(weighted * x[:, i : i + 1]) for i in range(x.shape[1])], axis=1)
    return Sums(xx, total(weighted * y[:, None]), total(weight * y**2), total(weight))


def sums_of_support(columns: Columns, support: Support) -> Sums:
    """Of padded supports."""
    x, y, weight = matrix(columns, support.x), np.asarray(support.y, np.float64), np.asarray(support.weight, np.float64)
    weighted = np.swapaxes(x * weight[..., None], 1, 2)
    return Sums(weighted @ x, (weighted @ y[..., None])[..., 0], (weight * y**2).sum(axis=1), weight.sum(axis=1))


def foretell(columns: Columns, state: Coefficients, query: Query) -> Latent:
    """Beliefs [tasks, query]: the line, and how far its coefficients are unknown."""
    x = matrix(columns, query.x)
    mean = (x @ state.mean[..., None])[..., 0]
    variance = ((x @ state.covariance) * x).sum(axis=-1)
    return Latent(mean.astype(np.float32), variance.astype(np.float32), state.noise[:, None].astype(np.float32))
