"""What training tasks say of catalogue items: how often, by whom, after what, and how soon again they are taken.

A tree of plain arrays, so that it is saved with a learner. Where there is no time, nothing comes "later", and the parts
that need it are zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from warmstart.learners._interactions import (
    first_and_later,
    interactions,
    item_popularity,
    membership,
    pack,
    repeat_hazard,
)
from warmstart.learners.item_knn import following, neighbourhood
from warmstart.learners.popularity import item_counts, narrow_columns, smoothed_shares
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.ragged import Ragged

__all__ = ["NETWORKS", "SHORT", "Statistics", "fit_statistics"]

Statistics = Mapping[str, Any]

NETWORKS = ("near", "basket", "next")
"""Sparse [items, items], row i: who took i also took j; in the same moment; at a later moment than the first."""

SHORT = 80
"""Items that each source gives to a shortlist."""

_HISTORY = 300  # rows of a task that count: the latest of all, and the first of those that follow
_SHRINKAGE = 20.0
_NEIGHBOURS = 200
_STRENGTH = 3000.0  # pairs that the overall shares count for inside a segment
_RECENT = (0.75, 0.9)  # quantiles of time after which a row is recent
_WIDEST = 3000  # a category column with more values gets no table of what follows what
_CODE_STRENGTH = 10.0
_VISIT_STRENGTH = 5.0
_BEST = 15  # items kept of each category
_LINK = {"near": 1.0, "basket": 0.3, "next": 1.0}  # shares of the networks in the one that makes the shortlist


def fit_statistics(train: TaskArrays) -> dict[str, Any]:
    """Everything that the shortlist and the features of a candidate need.

    "near", "basket", "next", "link": networks; "hazard", "visits": float32[items], how probably an item of the first
    moment is taken again, and at how many moments by who takes it; "taken", "later": float32[items], log share of the
    (task, item) pairs and of those after the first moment; "recent": float32[2, items], log of the share in the latest
    rows over that in all; "segment": by descriptor column float32[values, items], log shares; "codes", "numbers":
    columns of the catalogue; "follows": by category column float32[values, values], P(category later | category
    first); "of_category": the item's log share inside its category [items]; "best": int32[values, 15], items of each
    category, -1 for none, or an empty array where there is no category.
    """
    start, later = first_and_later(train)
    soon = np.arange(len(train.item)) < np.repeat(train.offsets[:-1] + _HISTORY, train.sizes)
    everything = interactions(train, _HISTORY)
    first, after = _returning(_pairs(train, start & soon), _pairs(train, later & soon))
    networks = {
        "near": neighbourhood(everything, "conditional", _SHRINKAGE, _NEIGHBOURS),
        "basket": neighbourhood(_moments(train), "conditional", _SHRINKAGE, _NEIGHBOURS),
        "next": following(first, after, _SHRINKAGE, _NEIGHBOURS),
    }
    taken, later_share = (_share(item_popularity(each)) for each in (everything, after))
    segment = {
        str(d): np.log(smoothed_shares(item_counts(train, d), _STRENGTH)).astype(np.float32)
        for d in narrow_columns(train.spec)
    }
    codes, widths = np.asarray(train.catalogue.codes), train.spec.row.codes
    columns = [c for c, width in enumerate(widths) if width <= _WIDEST]
    return {
        **{name: pack(network) for name, network in networks.items()},
        "link": pack(sum(_LINK[name] * networks[name] for name in NETWORKS).tocsr()),
        "hazard": repeat_hazard(train),
        "visits": _visits(train, everything),
        "taken": np.log(taken),
        "later": np.log(later_share),
        "recent": np.stack([np.log(_share(_since(train, q)) / taken) for q in _RECENT]),
        "segment": segment,
        "codes": codes[:, columns].astype(np.int32),
        "numbers": np.asarray(train.catalogue.numbers, np.float32),
        "follows": {str(i): _follows(first, after, codes[:, c], widths[c]) for i, c in enumerate(columns)},
        "of_category": {str(i): _within(later_share, codes[:, c], widths[c]) for i, c in enumerate(columns)},
        "best": _best_of_category(later_share, codes, widths),
        "popular": {"all": _top(later_share[None])} | {d: _top(table) for d, table in segment.items()},
    }


def _pairs(train: TaskArrays, kept: np.ndarray) -> sparse.csr_matrix:
    """float32[tasks, items]: 1 where a task has such a row with the item."""
    return membership(train.task_of_row[kept], train.item[kept], (train.n_tasks, train.spec.items))


def _moments(train: TaskArrays) -> sparse.csr_matrix:
    """float32[moments, items]: what a task took at once."""
    owner, time = train.task_of_row, train.time
    fresh = np.append(True, (owner[1:] != owner[:-1]) | (time[1:] != time[:-1]))[: len(owner)]
    real = (train.item >= 0) & (train.weight > 0)
    return membership((np.cumsum(fresh) - 1)[real], train.item[real], (int(fresh.sum()), train.spec.items))


def _returning(first: sparse.csr_matrix, after: sparse.csr_matrix) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Both, of the tasks with something later."""
    back = np.flatnonzero(np.diff(after.indptr))
    return first[back], after[back]


def _share(count: np.ndarray) -> np.ndarray:
    """float32[items]: share of all pairs; an item never taken counts as half a pair."""
    return np.asarray((count + 0.5) / (count.sum() + 0.5 * len(count)), dtype=np.float32)


def _since(train: TaskArrays, quantile: float) -> np.ndarray:
    """float64[items]: tasks with the item in the latest rows."""
    real = (train.item >= 0) & (train.weight > 0)
    recent = real & (train.time >= np.quantile(train.time, quantile)) if len(train.time) else real
    return item_popularity(_pairs(train, recent))


def _visits(train: TaskArrays, everything: sparse.csr_matrix) -> np.ndarray:
    visits, takers = item_popularity(_moments(train)), item_popularity(everything)
    mean = visits.sum() / max(takers.sum(), 1)
    return np.asarray((visits + _VISIT_STRENGTH * mean) / (takers + _VISIT_STRENGTH), dtype=np.float32)


def _follows(first: sparse.csr_matrix, after: sparse.csr_matrix, code: np.ndarray, width: int) -> np.ndarray:
    member = membership(np.arange(len(code)), code, (len(code), width))
    begun, later = (each @ member for each in (first, after))
    begun.data[:], later.data[:] = 1, 1
    n = item_popularity(begun)[:, None]
    base = item_popularity(later)[None] / max(later.shape[0], 1)
    met = (begun.T @ later).toarray()
    return np.asarray((met + _CODE_STRENGTH * base) / (n + _CODE_STRENGTH), dtype=np.float32)


def _within(share: np.ndarray, code: np.ndarray, width: int) -> np.ndarray:
    total = np.bincount(code, share, minlength=width)
    return np.asarray(np.log(share / total[code]), dtype=np.float32)


def _best_of_category(share: np.ndarray, codes: np.ndarray, widths: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The items of each category that are taken most, by the finest column that is coarser than the items."""
    coarse = [c for c, width in enumerate(widths) if 2 * width <= len(share)]
    if not coarse:
        return {"code": np.zeros(len(share), np.int32), "item": np.zeros((1, 0), np.int32)}
    column = max(coarse, key=lambda c: widths[c])
    order = np.lexsort((-share, codes[:, column]))
    members = Ragged(order, Ragged.from_lengths(np.bincount(codes[:, column], minlength=widths[column])).offsets)
    return {"code": codes[:, column].astype(np.int32), "item": members.padded(_BEST).astype(np.int32)}


def _top(score: np.ndarray) -> np.ndarray:
    """int32[rows, 80 or all]: items with the largest scores [rows, items] of each row."""
    most = min(SHORT, score.shape[1])
    return np.argpartition(-score, most - 1, axis=1)[:, :most].astype(np.int32)
