"""`EASE`: closed-form linear item-item model on the most frequent items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import linalg, sparse

from warmstart.errors import InternalError
from warmstart.learners._interactions import (
    Seen,
    interactions,
    item_popularity,
    scores_at,
    seen,
    support_matrix,
    tie_break,
)
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["EASE", "item_weights"]


@dataclass(frozen=True)
class EASE:
    """Ridge regression of every item on all others; new tasks fold in by one product. Source: Steck 2019, eq. 8."""

    ridge: float = 5000.0
    """Penalty, > 0."""
    max_items: int = 6000
    """Most frequent items that take part, >= 1; memory is 8 bytes times its square while fitting."""

    name: ClassVar[str] = "ease"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "ridge")
        at_least(self, max_items=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"weights": float32[frequent, frequent], "frequent": int64[frequent], "tie": float32[items]}."""
        taken = interactions(train)
        count = item_popularity(taken)
        frequent = np.sort(np.argsort(-count, kind="stable")[: self.max_items])
        return {"weights": item_weights(taken[:, frequent], self.ridge), "frequent": frequent, "tie": tie_break(count)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]; items outside `frequent` have their popularity alone."""
        frequent, tie = params["frequent"], params["tie"]
        scores = np.repeat(tie[None], len(state.item), axis=0)
        scores[:, frequent] += support_matrix(state, len(tie))[:, frequent] @ params["weights"]
        return scores_at(scores, query)


def item_weights(taken: sparse.csr_matrix, ridge: float) -> np.ndarray:
    """float32[items, items]: B = I - P / diag(P) with P = (XᵀX + ridge I)⁻¹; its diagonal is zero."""
    gram = (taken.T @ taken).toarray(order="F").astype(np.float32, copy=False)
    gram[np.diag_indices(len(gram))] += np.float32(ridge)
    factor, failed = linalg.lapack.spotrf(gram, lower=False, overwrite_a=True)
    inverse, singular = linalg.lapack.spotri(factor, lower=False, overwrite_c=True)
    if failed or singular:
        raise InternalError(f"the item matrix cannot be inverted with ridge {ridge}; expected a larger ridge")
    scale = -1 / np.diag(inverse)
    inverse = np.triu(inverse)
    inverse += np.triu(inverse, 1).T
    inverse *= scale[None]
    np.fill_diagonal(inverse, 0)
    return np.ascontiguousarray(inverse)
