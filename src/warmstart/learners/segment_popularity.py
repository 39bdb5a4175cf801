"""`SegmentPopularity`: what the same segment takes, by the descriptor that foretells items best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._interactions import scores_at
from warmstart.learners.contract import Context
from warmstart.learners.popularity import Segment, best_segment, item_counts, smoothed_shares
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["SegmentPopularity"]


@dataclass(frozen=True)
class SegmentPopularity:
    """Log share of each item among the (task, item) pairs of the task's segment; the support is ignored."""

    strength: float = 3000.0
    """Pairs (> 0) that the overall shares count for inside each segment."""
    widest: int = 64
    """Values (>= 1) of a descriptor column; one with more is no segment."""

    name: ClassVar[str] = "segment_popularity"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"log_share": float32[segments, items], "column": int64[]: code column of the segment, -1 for none}."""
        column = best_segment(train, np.random.default_rng(context.seed), self.widest)
        share = smoothed_shares(item_counts(train, column), self.strength)
        return {"log_share": np.log(share).astype(np.float32), "column": np.array(-1 if column is None else column)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Segment:
        """Look the segment up."""
        column = int(params["column"])
        code = np.zeros(len(support.weight)) if column < 0 else np.asarray(descriptor.codes)[:, column]
        return Segment(code.astype(np.int32))

    def predict(self, params: Mapping[str, Any], state: Segment, query: Query) -> Latent:
        """Log shares [tasks, items]."""
        return scores_at(params["log_share"][state.code], query)
