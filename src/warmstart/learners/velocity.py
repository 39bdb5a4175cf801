"""`Velocity`: items by how fast they are taken, the same for every task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._arrivals import arrivals
from warmstart.learners._interactions import Seen, scores_at, seen
from warmstart.learners._ranges import positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Velocity"]


@dataclass(frozen=True)
class Velocity:
    """Log of an item's takers over the time from the first to the last of them; what popularity is for a new item."""

    prior: float = 1.0
    """Takers (> 0) at the mean speed of all items that each item starts with."""

    name: ClassVar[str] = "velocity"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "prior")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"score": float32[items]}"""
        number, time = arrivals(train)
        more = np.maximum(number - 1, 0)
        wait = max(float(time.sum()), 1e-6) / max(int(more.sum()), 1)
        return {"score": np.log((more + self.prior) / (time + self.prior * wait)).astype(np.float32)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Log scores [tasks, items]."""
        return scores_at(np.repeat(params["score"][None], len(state.item), axis=0), query)
