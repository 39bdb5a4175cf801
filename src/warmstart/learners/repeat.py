"""`Repeat`: what was taken before is taken again; then what is popular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._interactions import Seen, scores_at, seen, support_matrix
from warmstart.learners.contract import Context
from warmstart.learners.popularity import item_counts
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Repeat"]


@dataclass(frozen=True)
class Repeat:
    """Support items first, the heavier before the lighter, the more popular first among equals."""

    name: ClassVar[str] = "repeat"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"share": float32[items]}: share of all (task, item) pairs."""
        counts = item_counts(train, None)[0]
        return {"share": (counts / max(counts.sum(), 1)).astype(np.float32)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Scores [tasks, items]: shares are below 1, a support item gets 1 and its weight on top."""
        share = params["share"]
        taken = support_matrix(state, len(share))
        taken.sum_duplicates()
        taken.data += 1
        scores = np.repeat(share[None], len(state.item), axis=0)
        owner = np.repeat(np.arange(len(state.item)), np.diff(taken.indptr))
        scores[owner, taken.indices] += taken.data
        return scores_at(scores, query)
