"""`Rules`: association rules, item → item, with a minimum support; the most confident one that applies speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

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
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.ragged import Ragged, expand
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Rules"]


@dataclass(frozen=True)
class Rules:
    """Largest confidence n(i, j) / n(i) over the support items i whose rule i → j has enough support.

    Rules of one antecedent, as Apriori finds them (Agrawal, Srikant 1994). Where no rule applies, and among equals,
    popularity decides.
    """

    least_support: int = 5
    """Baskets that hold both sides of a rule, >= 1."""
    least_confidence: float = 0.0
    """Of a rule, >= 0."""
    history: int = 300
    """Latest rows of each training task that count, >= 1, where a task is a basket."""
    within: Within = "task"
    """What a basket is: a task's items, or those of one moment."""

    name: ClassVar[str] = "rules"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        at_least(self, least_support=1, least_confidence=0, history=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"confidence": sparse [items, items], "tie": float32[items]}."""
        taken = baskets(train, self.within, self.history)
        count = item_popularity(taken)
        met = (taken.T @ taken).tocoo()
        confidence = (met.data / count[met.row]).astype(np.float32)
        kept = (met.row != met.col) & (met.data >= self.least_support) & (confidence >= self.least_confidence)
        rules = sparse.csr_matrix((confidence[kept], (met.row[kept], met.col[kept])), shape=met.shape)
        return {"confidence": pack(rules), "tie": tie_break(count)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]."""
        rules = unpack(params["confidence"])
        task, place = np.nonzero(state.weight > 0)
        item = state.item[task, place]
        applied = Ragged.from_lengths(np.diff(rules.indptr)[item])
        at = expand(rules.indptr[:-1][item], applied)
        scores = np.zeros((len(state.item), len(params["tie"])), np.float32)
        np.maximum.at(scores, (task[applied.owner], rules.indices[at]), rules.data[at])
        scores += params["tie"]
        return scores_at(scores, query)
