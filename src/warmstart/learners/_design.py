"""Encoded rows as one flat matrix for boosting: numbers, categories with a cap, indicators of common bag members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Rows

__all__ = ["categorical_columns", "fit_design", "pair_matrix", "row_matrix", "rows_matrix"]

_MEMBERS = 32
_CATEGORIES = 254

Design = Mapping[str, Any]


def fit_design(train: TaskArrays) -> dict[str, Any]:
    """What is needed to turn rows and descriptors like those of `train` into matrices; the catalogue goes with it."""
    design: dict[str, Any] = {
        "row": _fit_rows(train.catalogue if train.spec.items else train.x),
        "descriptor": _fit_rows(train.descriptor),
    }
    if train.spec.items:
        design["catalogue"] = rows_matrix(design["row"], train.catalogue)
    return design


def row_matrix(design: Design, rows: Rows, item: np.ndarray) -> np.ndarray:
    """float32[..., features] of table rows, or of the catalogue's rows at `item` (NaN where it is -1)."""
    if "catalogue" not in design:
        return rows_matrix(design["row"], rows)
    found = design["catalogue"][np.maximum(item, 0)]
    return np.where((np.asarray(item) >= 0)[..., None], found, np.float32(np.nan))


def rows_matrix(columns: Design, rows: Rows) -> np.ndarray:
    """float32[..., features]; an unknown category is NaN, for which boosting has a branch of its own."""
    numbers, codes = np.asarray(rows.numbers, dtype=np.float32), np.asarray(rows.codes)
    parts = [numbers]
    for i in range(codes.shape[-1]):
        rank = columns[f"code{i}"]
        short = np.where(codes[..., i] < len(rank), rank[np.minimum(codes[..., i], len(rank) - 1)], 0)
        parts.append(np.where(short > 0, short, np.nan).astype(np.float32)[..., None])
    for i, bag in enumerate(rows.bags):
        parts.append(_indicators(np.asarray(bag), columns[f"bag{i}"]))
    return np.concatenate(parts, axis=-1)


def pair_matrix(design: Design, train: TaskArrays, index: np.ndarray) -> np.ndarray:
    """float32[rows, features]: training rows at `index` (int64[rows]) beside the descriptors of their tasks."""
    rows = row_matrix(design, take_rows(train.x, index), train.item[index])
    told = rows_matrix(design["descriptor"], train.descriptor)
    return np.concatenate([rows, told[train.task_of_row[index]]], axis=1)


def categorical_columns(train: TaskArrays) -> list[int]:
    """Places of the categories in `pair_matrix`."""
    rows = train.catalogue if train.spec.items else train.x
    width = rows.numbers.shape[-1] + rows.codes.shape[-1] + _MEMBERS * len(rows.bags)
    own = rows.numbers.shape[-1] + np.arange(rows.codes.shape[-1])
    told = width + train.descriptor.numbers.shape[-1] + np.arange(train.descriptor.codes.shape[-1])
    return [*own.tolist(), *told.tolist()]


def _fit_rows(rows: Rows) -> dict[str, np.ndarray]:
    codes = {f"code{i}": _common(rows.codes[..., i], _CATEGORIES) for i in range(rows.codes.shape[-1])}
    bags = {f"bag{i}": _members(bag) for i, bag in enumerate(rows.bags)}
    return codes | bags


def _common(codes: np.ndarray, keep: int) -> np.ndarray:
    """int32[vocabulary]: 1 for the most frequent code, 2 for the next …; 0 for unknown (code 0) and rare ones."""
    counts = np.bincount(codes.ravel(), minlength=int(codes.max(initial=0)) + 1)
    counts[0] = 0
    order = np.argsort(-counts, kind="stable")[:keep]
    order = order[counts[order] > 0]
    rank = np.zeros(len(counts), dtype=np.int32)
    rank[order] = np.arange(1, len(order) + 1)
    return rank


def _members(bag: np.ndarray) -> np.ndarray:
    """int32[members]: the most common members of a bag column; -1 fills up."""
    rank = _common(bag, _MEMBERS)
    members = np.full(_MEMBERS, -1, dtype=np.int32)
    found = np.flatnonzero(rank)
    members[rank[found] - 1] = found
    return members


def _indicators(bag: np.ndarray, members: np.ndarray) -> np.ndarray:
    """float32[..., members]: 1 where the bag [..., length] holds the member."""
    held = np.zeros((*bag.shape[:-1], len(members)), dtype=np.float32)
    for m in np.flatnonzero(members >= 0):
        held[..., m] = (bag == members[m]).any(axis=-1)
    return held
