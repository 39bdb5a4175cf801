"""`LocalTLearner`: a T-learner of the task's own support and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from warmstart.learners.contract import Context
from warmstart.learners.per_task import PerTask
from warmstart.learners.t_learner import Arms, TLearner
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LocalTLearner"]

_OWN = TLearner(PerTask())


@dataclass(frozen=True)
class LocalTLearner:
    """Ridge regression of each arm of a task; without support the difference of the mean outcomes of all tasks."""

    name: ClassVar[str] = "local_t_learner"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """As of `TLearner`."""
        return _OWN.fit(train, context)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Arms:
        """Fit both arms of every task."""
        return _OWN.adapt(params, descriptor, support)

    def predict(self, params: Mapping[str, Any], state: Arms, query: Query) -> Latent:
        """The difference of the arms."""
        return _OWN.predict(params, state, query)
