"""Who took which catalogue item: the sparse matrices and scores that the ranking baselines share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from scipy import sparse

from warmstart.errors import NotFound
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Support

__all__ = [
    "Seen",
    "Within",
    "baskets",
    "first_and_later",
    "interactions",
    "item_popularity",
    "membership",
    "pack",
    "repeat_hazard",
    "scores_at",
    "seen",
    "support_matrix",
    "tie_break",
    "unpack",
]


_HAZARD_STRENGTH = 10.0

Within = Literal["task", "moment"]
"""What puts items together: one task took both, or both stand at one moment (a basket), whichever the tasks."""


class Seen(NamedTuple):
    """Items of a support; nothing else about a task is kept."""

    item: np.ndarray
    """int32[tasks, support]: index into the catalogue, -1 where there is none."""
    weight: np.ndarray
    """float32[tasks, support]: 0 where there is none."""


def seen(support: Support) -> Seen:
    """Items with a weight; padding and rows without an item become item -1 with weight 0."""
    item, weight = np.asarray(support.item, dtype=np.int32), np.asarray(support.weight, dtype=np.float32)
    real = (item >= 0) & (weight > 0)
    return Seen(np.where(real, item, np.int32(-1)), np.where(real, weight, np.float32(0)))


def support_matrix(state: Seen, items: int) -> sparse.csr_matrix:
    """float32[tasks, items]: weight of each support item; a repeated item has several entries, which add up."""
    real = state.weight != 0
    start = np.append(0, real.sum(axis=1).cumsum())
    return sparse.csr_matrix((state.weight[real], state.item[real], start), shape=(len(state.item), items), copy=False)


def interactions(train: TaskArrays, history: int | None = None) -> sparse.csr_matrix:
    """float32[tasks, items]: 1 where a task has a row of positive weight with the item among its latest `history`."""
    real = (train.item >= 0) & (train.weight > 0)
    if history is not None:
        real &= np.arange(len(train.item)) >= np.repeat(train.offsets[1:] - history, train.sizes)
    shape = (train.n_tasks, train.spec.items)
    return membership(train.task_of_row[real], train.item[real], shape)


def membership(owner: np.ndarray, member: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    """float32[owners, members]: 1 at every pair of `owner` [pairs] and `member` [pairs], however often it comes."""
    matrix = sparse.csr_matrix((np.ones(len(owner), dtype=np.float32), (owner, member)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def first_and_later(train: TaskArrays) -> tuple[np.ndarray, np.ndarray]:
    """bool[rows] each: rows of a task's first moment, and rows of later ones; of items that count."""
    real = (train.item >= 0) & (train.weight > 0)
    first = np.append(train.time, 0)[np.minimum(train.offsets[:-1], len(train.time))]
    start = train.time == first[train.task_of_row]
    return real & start, real & ~start


def repeat_hazard(train: TaskArrays) -> np.ndarray:
    """float32[items]: how often an item of a task's first moment is taken again later, smoothed towards the mean."""
    start, later = first_and_later(train)
    returned = np.zeros(train.n_tasks, dtype=bool)
    returned[train.task_of_row[later]] = True
    start &= returned[train.task_of_row]
    items = train.spec.items
    key = train.task_of_row * items + train.item
    begun = np.unique(key[start])
    again = begun[np.isin(begun, key[later])]
    n = np.bincount(begun % items, minlength=items)
    k = np.bincount(again % items, minlength=items)
    mean = k.sum() / max(n.sum(), 1)
    return np.asarray((k + _HAZARD_STRENGTH * mean) / (n + _HAZARD_STRENGTH), dtype=np.float32)


def baskets(train: TaskArrays, within: Within, history: int | None = None) -> sparse.csr_matrix:
    """float32[baskets, items]: 1 where a basket holds the item; a basket is a task's latest `history` rows or a moment.

    Errors: `NotFound` for another word.
    """
    if within not in get_args(Within):
        raise NotFound("kind of basket", within, get_args(Within))
    if within == "task":
        return interactions(train, history)
    real = (train.item >= 0) & (train.weight > 0)
    moments, owner = np.unique(train.time[real], return_inverse=True)
    return membership(owner, train.item[real], (len(moments), train.spec.items))


def item_popularity(matrix: sparse.csr_matrix) -> np.ndarray:
    """float64[items]: number of tasks with each item."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.float64)


def tie_break(popularity: np.ndarray) -> np.ndarray:
    """float32[items]: popularity scaled to [0, 1e-6], too small to overrule any score."""
    return (popularity / max(float(popularity.max(initial=0)), 1.0) * 1e-6).astype(np.float32)


def scores_at(scores: np.ndarray, query: Query) -> Latent:
    """Scores [tasks, items] of the whole catalogue at the items asked for ([query] or [tasks, query])."""
    item = np.asarray(query.item)
    if item.ndim > 1:
        scores = np.take_along_axis(scores, np.maximum(item, 0), axis=1)
    elif not (len(item) == scores.shape[1] and np.array_equal(item, np.arange(len(item)))):
        scores = scores[:, item]
    still = np.broadcast_to(np.float32(0), scores.shape)
    return Latent(scores, still, np.float32(0))


def pack(matrix: sparse.csr_matrix) -> dict[str, np.ndarray]:
    """A square sparse matrix as plain arrays, to be saved."""
    return {
        "data": matrix.data.astype(np.float32),
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
    }


def unpack(packed: Mapping[str, Any]) -> sparse.csr_matrix:
    """The square sparse matrix of `pack`."""
    size = len(packed["indptr"]) - 1
    return sparse.csr_matrix((packed["data"], packed["indices"], packed["indptr"]), shape=(size, size), copy=False)
