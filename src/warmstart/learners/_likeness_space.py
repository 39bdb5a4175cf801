"""Where rows lie close that cost alike: numbers as they are, categories and words by what rows with them cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.learners._row_parts import bags, numbers
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Rows

__all__ = ["fit_space", "place"]

_PSEUDO_ROWS = 10.0
_RIDGE = 0.01
_FLAT = 1e-6


def fit_space(train: TaskArrays) -> dict[str, Any]:
    """{"effects", "centre", "scale", "slope": float64[columns]}: how rows are placed, and a line through all of them.

    A category and a word become the mean target of rows that hold them, shrunk. Scale and slope are learned where that
    mean leaves out the row's own group, so that what names a single task counts for nothing.
    """
    group, told = train.group[train.task_of_row], take_rows(train.descriptor, train.task_of_row)
    weight = train.weight.astype(np.float64)
    total = max(weight.sum(), 1e-12)
    above = train.y - (weight @ train.y) / total
    effects: dict[str, np.ndarray] = {}
    held = []
    for name, bag, _ in bags(train.x, told):
        effects[name], left_out = _effects(bag, group, above, weight)
        held.append(left_out[:, None])
    x = np.concatenate([numbers(train.x, told), *held], axis=-1)
    centre = weight @ x / total
    spread = np.sqrt(weight @ (x - centre) ** 2 / total)
    scale = np.where(spread > _FLAT, 1 / np.maximum(spread, _FLAT), 0)
    x = (x - centre) * scale
    bend = (x * weight[:, None]).T @ x / total + _RIDGE * np.eye(x.shape[1])
    slope = np.linalg.solve(bend, x.T @ (weight * above) / total)
    return {"effects": effects, "centre": centre, "scale": scale, "slope": slope}


def place(space: Mapping[str, Any], rows: Rows, told: Rows) -> np.ndarray:
    """float32[..., columns]: where rows lie whose descriptors are `told`, both with the same leading axes."""
    parts = [_mean_effect(space["effects"][name], bag)[..., None] for name, bag, _ in bags(rows, told)]
    x = np.concatenate([numbers(rows, told), *parts], axis=-1)
    return np.asarray((x - space["centre"]) * space["scale"], np.float32)


def _effects(
    bag: np.ndarray, group: np.ndarray, above: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """float64[vocabulary]: what each member stands for; float64[rows]: mean of a row's, without its own group."""
    row, place_in_bag = np.nonzero(bag > 0)
    member = bag[row, place_in_bag].astype(np.int64)
    size = int(member.max(initial=0)) + 1
    worth, count = weight[row] * above[row], weight[row]
    sums, rows = np.bincount(member, worth, minlength=size), np.bincount(member, count, minlength=size)
    own = group[row].astype(np.int64) * size + member
    _, at = np.unique(own, return_inverse=True)
    left_sum, left_rows = sums[member] - np.bincount(at, worth)[at], rows[member] - np.bincount(at, count)[at]
    each = left_sum / (left_rows + _PSEUDO_ROWS)
    members = np.bincount(row, minlength=len(bag))
    return sums / (rows + _PSEUDO_ROWS), np.bincount(row, each, minlength=len(bag)) / np.maximum(members, 1)


def _mean_effect(effects: np.ndarray, bag: np.ndarray) -> np.ndarray:
    """float64[...]: mean over the members that were seen in training."""
    known = (bag > 0) & (bag < len(effects))
    worth = np.where(known, effects[np.where(known, bag, 0)], 0)
    return np.asarray(worth.sum(axis=-1) / np.maximum((bag > 0).sum(axis=-1), 1))
