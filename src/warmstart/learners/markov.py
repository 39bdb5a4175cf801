"""`Markov`: what is taken first at the visit after one with a support item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from warmstart.learners._blend_parts import mean_support
from warmstart.learners._interactions import Seen, pack, scores_at, seen, unpack
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.learners.first_time_popularity import first_rows
from warmstart.learners.item_knn import best_per_row
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Markov"]


@dataclass(frozen=True)
class Markov:
    """Mean over the support items i of P(j is new at the next visit | i was new at this one), a visit being a moment.

    A chain of order one over sets, as in Rendle, Freudenthaler and Schmidt-Thieme 2010 (section 4), before factorising.
    Each P(. | i) is pulled towards the share of j among all that is new at later visits, which is also the answer to an
    empty support.
    """

    shrinkage: float = 300.0
    """Visits (> 0) that the overall share counts for."""
    neighbours: int = 200
    """Successors kept for each item, >= 1."""

    name: ClassVar[str] = "markov"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "shrinkage")
        at_least(self, neighbours=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"next": sparse [items, items], "share": float32[items], "pull": float32[items]: weight of the share}."""
        before, after = _successions(train)
        met = (before.T @ after).tocoo()
        left = np.asarray(before.sum(axis=0)).ravel() + np.float32(self.shrinkage)
        value = (met.data / left[met.row]).astype(np.float32)
        best = best_per_row(met.row, value, self.neighbours)
        chain = sparse.csr_matrix((value[best], (met.row[best], met.col[best])), shape=met.shape)
        share = np.asarray(after.sum(axis=0)).ravel() / max(after.shape[0], 1)
        return {"next": pack(chain), "share": share.astype(np.float32), "pull": self.shrinkage / left}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]."""
        support = mean_support(state, len(params["share"]))
        pull = np.where(np.diff(support.indptr) > 0, support @ params["pull"], np.float32(1))
        scores = (support @ unpack(params["next"])).toarray() + pull[:, None] * params["share"]
        return scores_at(scores.astype(np.float32), query)


def _successions(train: TaskArrays) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """float32[successions, items], twice: what was taken first at a visit, and at the same task's next one."""
    row, number = first_rows(train)
    task = train.task_of_row[row]
    visits = int(number.max(initial=0)) + 2
    key = task * visits + number[row]
    filled = np.unique(key)
    following = filled[np.isin(filled + 1, filled)]  # a visit without anything new breaks the chain

    def at(visit: np.ndarray) -> sparse.csr_matrix:
        kept = np.isin(key, visit)
        place = np.searchsorted(visit, key[kept])
        shape = (len(visit), train.spec.items)
        return sparse.csr_matrix((np.ones(len(place), np.float32), (place, train.item[row[kept]])), shape=shape)

    return at(following), at(following + 1)
