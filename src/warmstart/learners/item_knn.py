"""`ItemKNN`: items that the takers of a support item also took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from scipy import sparse

from warmstart.errors import NotFound
from warmstart.learners._interactions import (
    Seen,
    Within,
    baskets,
    item_popularity,
    pack,
    scores_at,
    seen,
    support_matrix,
    tie_break,
    unpack,
)
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["ItemKNN", "best_per_row", "following", "neighbourhood"]

Similarity = Literal["cosine", "conditional"]
"""co(i, j) / (sqrt(n(i) n(j)) + shrinkage), or P(j | i) = co(i, j) / (n(i) + shrinkage)."""


@dataclass(frozen=True)
class ItemKNN:
    """Sum of similarities to the support items; ties, and an empty support, fall back to popularity.

    Source: Sarwar et al. 2001; Deshpande and Karypis 2004 (conditional probability).
    """

    similarity: Similarity = "conditional"
    shrinkage: float = 20.0
    """Tasks (>= 0) added to the denominator, against chance meetings of rare items."""
    neighbours: int = 200
    """Similar items kept for each item, >= 1."""
    history: int = 300
    """Latest rows of each training task that count, >= 1; bounds the cost of very long tasks."""
    within: Within = "task"
    """What items are taken together: a task's, or those of one moment."""

    name: ClassVar[str] = "item_knn"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        at_least(self, shrinkage=0, neighbours=1, history=1)
        if self.similarity not in get_args(Similarity):
            raise NotFound("similarity", self.similarity, get_args(Similarity))

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"similar": sparse [items, items], "tie": float32[items]}."""
        taken = baskets(train, self.within, self.history)
        similar = neighbourhood(taken, self.similarity, self.shrinkage, self.neighbours)
        return {"similar": pack(similar), "tie": tie_break(item_popularity(taken))}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]."""
        scores = (support_matrix(state, len(params["tie"])) @ unpack(params["similar"])).toarray()
        scores += params["tie"]
        return scores_at(scores, query)


def neighbourhood(
    taken: sparse.csr_matrix, similarity: Similarity, shrinkage: float, neighbours: int
) -> sparse.csr_matrix:
    """float32[items, items]: row i holds the `neighbours` most similar items of i, never i itself."""
    count = item_popularity(taken)

    def size(row: np.ndarray, column: np.ndarray) -> np.ndarray:
        return np.asarray(np.sqrt(count[row] * count[column]) if similarity == "cosine" else count[row])

    return _nearest(taken.T @ taken, size, shrinkage, neighbours)


def following(
    first: sparse.csr_matrix, later: sparse.csr_matrix, shrinkage: float, neighbours: int
) -> sparse.csr_matrix:
    """float32[items, items]: row i holds the `neighbours` largest P(j later | i first), never i itself."""
    count = item_popularity(first)
    return _nearest(first.T @ later, lambda row, _column: count[row], shrinkage, neighbours)


def _nearest(
    met: sparse.csr_matrix,
    size: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shrinkage: float,
    neighbours: int,
) -> sparse.csr_matrix:
    """The largest met / (size + shrinkage) of each row."""
    together = met.tocoo()
    other = together.row != together.col
    row, column = together.row[other], together.col[other]
    value = (together.data[other] / (size(row, column) + shrinkage)).astype(np.float32)
    best = best_per_row(row, value, neighbours)
    return sparse.csr_matrix((value[best], (row[best], column[best])), shape=together.shape)


def best_per_row(row: np.ndarray, value: np.ndarray, keep: int) -> np.ndarray:
    """int64[kept]: places of the `keep` largest values (all >= 0) of each row."""
    # One sort by row and falling value: the value only fills the space between two whole row numbers.
    order = np.argsort(row + 0.5 * (1 - value / max(float(value.max(initial=0)), 1e-12)), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(row))])
    place: np.ndarray = np.arange(len(order)) - starts[row[order]]
    return order[place < keep]
