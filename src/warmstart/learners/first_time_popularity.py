"""`FirstTimePopularity`: what tasks take for the first time after their first moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._interactions import Seen, scores_at, seen
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.ragged import Ragged, runs
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["FirstTimePopularity", "first_rows"]


@dataclass(frozen=True)
class FirstTimePopularity:
    """Log share of each item among the items that training tasks took first after their first moment.

    An item that never was counts as half a pair. The support is ignored.
    """

    name: ClassVar[str] = "first_time_popularity"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"log_share": float32[items]}."""
        fresh, visit = first_rows(train)
        counts = np.bincount(train.item[fresh[visit[fresh] > 0]], minlength=train.spec.items) + 0.5
        return {"log_share": np.log(counts / counts.sum()).astype(np.float32)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Nothing is learnt."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Log shares [tasks, items]."""
        return scores_at(np.repeat(params["log_share"][None], len(state.item), axis=0), query)


def first_rows(train: TaskArrays) -> tuple[np.ndarray, np.ndarray]:
    """int64[first]: the row in which each task took each of its items first; int64[rows]: each row's moment, from 0."""
    visit = runs(Ragged(train.time, train.offsets), train.time)
    real = np.flatnonzero((train.item >= 0) & (train.weight > 0))
    key = train.task_of_row[real] * train.spec.items + train.item[real]
    return real[np.unique(key, return_index=True)[1]], visit
