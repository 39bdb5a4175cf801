"""The rows nearest to those that are asked, of other tasks and of the own support, and the means of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from warmstart.tasks.arrays import take_rows
from warmstart.types import Rows

__all__ = ["MOST", "Known", "Near", "Others", "Way"]

MOST = 20
"""Neighbours, at most."""


class Known(NamedTuple):
    """The support where it lies, and what all rows of a task share."""

    descriptor: Rows
    """`Rows` with leading axis [tasks]."""
    x: np.ndarray
    """float32[tasks, support, columns]"""
    y: np.ndarray
    """float32[tasks, support]"""
    weight: np.ndarray
    """float32[tasks, support]"""

    def take(self, tasks: np.ndarray) -> Known:
        """The same for these tasks (int64[chosen])."""
        return Known(take_rows(self.descriptor, tasks), self.x[tasks], self.y[tasks], self.weight[tasks])


class Way(NamedTuple):
    """How neighbours are chosen and used."""

    power: float
    """Of the slope by which a column counts: 0 for all alike."""
    along: float
    """1: a neighbour's value is moved along the line to the row that is asked; 0: it is taken as it is."""
    far: float
    """Added to the squared distance of rows of other tasks."""
    neighbours: float


class Others(NamedTuple):
    """The rows of other tasks that lie nearest to those that are asked."""

    measure: np.ndarray
    """float32[columns]: how much each counts"""
    apart: np.ndarray
    """float32[tasks, query, others]: squared distance"""
    y: np.ndarray
    """float32[tasks, query, others]"""
    line: np.ndarray
    """float32[tasks, query, others]: the line through all rows, there"""

    @classmethod
    def of(cls, params: Mapping[str, Any], asked: np.ndarray, power: float) -> Others:
        """`asked` is float32[tasks, query, columns]."""
        slope = params["space"]["slope"].astype(np.float32)
        measure = np.abs(slope) ** np.float32(power) * (params["space"]["scale"] > 0)
        measure = (measure / max(float(np.sqrt((measure**2).sum())), 1e-9)).astype(np.float32)
        reference, flat = params["x"] * measure, (asked * measure).reshape(-1, asked.shape[-1])
        distance, at = _nearest(reference, flat, min(MOST, len(reference)))
        distance, at = (part.reshape(*asked.shape[:2], -1) for part in (distance, at))
        return cls(measure, (distance**2).astype(np.float32), params["y"][at], (params["x"] @ slope)[at])

    def take(self, tasks: np.ndarray) -> Others:
        """The same for these tasks."""
        return Others(self.measure, self.apart[tasks], self.y[tasks], self.line[tasks])


class Near(NamedTuple):
    """What lies nearest to rows that are asked: first of other tasks, then all of the own support."""

    asked: np.ndarray
    """float32[tasks, query, columns]"""
    apart: np.ndarray
    """float32[tasks, query, others + support]: squared distance; infinite for padding."""
    others: int
    y: np.ndarray
    """float32[tasks, query, others + support]"""
    line: np.ndarray
    """float32[tasks, query, others + support]: the line through all rows, there"""

    @classmethod
    def of(cls, params: Mapping[str, Any], state: Known, asked: np.ndarray, others: Others) -> Near:
        """`asked` is float32[tasks, query, columns]."""
        a, b = asked * others.measure, state.x * others.measure
        own = (a**2).sum(-1)[:, :, None] + (b**2).sum(-1)[:, None] - 2 * a @ np.swapaxes(b, 1, 2)
        own = np.where(state.weight[:, None] > 0, np.maximum(own, 0), np.inf)
        y, line = state.y, state.x @ params["space"]["slope"].astype(np.float32)
        return cls(
            asked,
            np.concatenate([others.apart, own], axis=-1).astype(np.float32),
            others.apart.shape[-1],
            np.concatenate([others.y, np.broadcast_to(y[:, None], own.shape)], axis=-1),
            np.concatenate([others.line, np.broadcast_to(line[:, None], own.shape)], axis=-1),
        )

    def means(self, params: Mapping[str, Any], way: Way) -> np.ndarray:
        """float64[tasks, query, 20]: the mean of the nearest row, of the nearest two …; of all where there are less."""
        far = np.where(np.arange(self.apart.shape[-1]) < self.others, way.far, 0).astype(np.float32)
        order = np.argsort(self.apart + far, axis=-1, kind="stable")[..., :MOST]
        real = np.isfinite(np.take_along_axis(self.apart, order, axis=-1))
        value = np.take_along_axis(self.y - np.float32(way.along) * self.line, order, axis=-1)
        total = np.cumsum(np.where(real, value, 0), axis=-1, dtype=np.float64)
        mean = total / np.maximum(np.cumsum(real, axis=-1), 1)
        mean = mean + way.along * (self.asked @ params["space"]["slope"])[..., None]
        return np.pad(mean, ((0, 0), (0, 0), (0, MOST - mean.shape[-1])), mode="edge")


def _nearest(reference: np.ndarray, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and places [asked, count] of the nearest reference rows."""
    if not reference.shape[1]:
        return np.zeros((len(asked), count)), np.broadcast_to(np.arange(count), (len(asked), count))
    distance, at = _tree(reference.tobytes(), reference.shape[1]).query(asked, k=np.arange(1, count + 1))
    return distance, at


@lru_cache(maxsize=4)
def _tree(rows: bytes, columns: int) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(np.frombuffer(rows, np.float32).reshape(-1, columns))
