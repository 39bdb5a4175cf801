"""`Lift`: items that stand in one basket with a support item more often than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from warmstart.learners._blend_parts import mean_support
from warmstart.learners._interactions import (
    Seen,
    Within,
    baskets,
    item_popularity,
    pack,
    scores_at,
    seen,
    tie_break,
    unpack,
)
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.item_knn import best_per_row
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Lift"]


@dataclass(frozen=True)
class Lift:
    """Mean over the support items i of log((n(i, j) + a) / (n(i) n(j) / n + a)), where that is above 0.

    The pointwise mutual information of two items (Church and Hanks 1990) with `a` = `shrinkage`; ties, and an empty
    support, fall back to popularity.
    """

    shrinkage: float = 20.0
    """Baskets (>= 0) added on both sides, against chance meetings of rare items."""
    neighbours: int = 200
    """Items kept for each item, >= 1."""
    history: int = 300
    """Latest rows of each training task that count, >= 1, where a task is a basket."""
    within: Within = "task"
    """What a basket is: a task's items, or those of one moment."""

    name: ClassVar[str] = "lift"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        at_least(self, shrinkage=0, neighbours=1, history=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"lift": sparse [items, items], "tie": float32[items]}."""
        taken = baskets(train, self.within, self.history)
        count = item_popularity(taken)
        met = (taken.T @ taken).tocoo()
        chance = count[met.row] * count[met.col] / max(taken.shape[0], 1)
        value = np.log((met.data + self.shrinkage) / (chance + self.shrinkage)).astype(np.float32)
        kept = (met.row != met.col) & (value > 0)
        row, column, value = met.row[kept], met.col[kept], value[kept]
        best = best_per_row(row, value, self.neighbours)
        near = sparse.csr_matrix((value[best], (row[best], column[best])), shape=met.shape)
        return {"lift": pack(near), "tie": tie_break(count)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]."""
        scores = (mean_support(state, len(params["tie"])) @ unpack(params["lift"])).toarray()
        scores += params["tie"]
        return scores_at(scores, query)
