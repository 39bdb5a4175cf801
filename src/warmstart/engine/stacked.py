"""`Stacked`: `OnTopOf` in the engine: cross-fit the base, hand its prediction to the learner as offset and feature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np

from warmstart.engine.bound import Evidence, Traced, batch_of_one, side_by_side
from warmstart.explain.influence import Influence
from warmstart.learners.contract import Params
from warmstart.learners.on_top_of import OnTopOf
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Latent, Query, Rows, Spec, Support

__all__ = ["Stacked"]


@dataclass(frozen=True)
class Stacked:
    """Two bound learners; parameters are {"base": …, "learner": …}."""

    learner: OnTopOf
    spec: Spec

    @cached_property
    def top(self) -> Traced:
        """The learner that adapts; it sees one more number a row."""
        row = replace(self.spec.row, numbers=self.spec.row.numbers + 1)
        return Traced(self.learner.learner, replace(self.spec, row=row))

    def lifted(self, arrays: TaskArrays, offset: np.ndarray) -> TaskArrays:
        """The arrays with this offset, also as the last number of every row."""
        return replace(arrays, spec=self.top.spec, x=_with_number(arrays.x, offset), offset=offset)

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """Nothing: there is no catalogue."""
        return self.top.prepare(params["learner"], catalogue)

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """The learner's states [tasks]; the descriptor is kept, since the base needs it."""
        lifted = self._lift(params, descriptor, support)
        return descriptor, self.top.adapt(params["learner"], prepared, descriptor, lifted)

    def predict(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [tasks, query]."""
        descriptor, inner = state
        assert query is not None
        return self.top.predict(params["learner"], prepared, inner, self._lift(params, descriptor, query))

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """State of one task, in NumPy."""
        lifted = self._lift_one(params, descriptor, support)
        return descriptor, self.top.adapt_one(params["learner"], prepared, descriptor, lifted)

    def predict_one(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [query] of one task, in NumPy."""
        descriptor, inner = state
        return self.top.predict_one(params["learner"], prepared, inner, self._lift_one(params, descriptor, query))

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: Any, new: Support) -> Any:
        """State of one task after further rows."""
        lifted = Evidence(task.descriptor, self._lift_one(params, task.descriptor, task.support))
        further = self._lift_one(params, task.descriptor, new)
        return task.descriptor, self.top.update_one(params["learner"], prepared, lifted, state[1], further)

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: Any, query: Query | None
    ) -> Influence:
        """As of the learner on top; the base's prediction counts to the prior."""
        lifted = Evidence(task.descriptor, self._lift_one(params, task.descriptor, task.support))
        asked = self._lift_one(params, task.descriptor, query)
        return self.top.influence_one(params["learner"], prepared, lifted, state[1], asked)

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """As one batch of tasks."""
        return side_by_side(self, params, prepared, support, descriptor, query)

    def one_of(self, state: Any, task: int) -> Any:
        """Both parts without their task axis."""
        descriptor, inner = state
        return take_rows(descriptor, np.int64(task)), self.top.one_of(inner, task)

    def _base(self, params: Params, descriptor: Rows, x: Rows) -> np.ndarray:
        """float32[tasks, rows]: the base's prediction without any support."""
        tasks, rows = x.numbers.shape[:2]
        none = Support(take_rows(x, np.s_[:, :0]), *(np.zeros((tasks, 0), np.float32) for _ in range(4)))
        none = none._replace(item=none.item.astype(np.int32))
        state = self.learner.base.adapt(params, descriptor, none)
        query = Query(x, np.full((tasks, rows), -1, np.int32), np.zeros((tasks, rows), np.float32))
        return np.asarray(self.learner.base.predict(params, state, query).mean, np.float32)

    def _lift(self, params: Params, descriptor: Rows, asked: Any) -> Any:
        """A support or query [tasks, rows] with the base's prediction as offset and last number."""
        offset = self._base(params["base"], descriptor, asked.x)
        return asked._replace(x=_with_number(asked.x, offset), offset=offset)

    def _lift_one(self, params: Params, descriptor: Rows, asked: Any) -> Any:
        lifted = self._lift(params, batch_of_one(descriptor), batch_of_one(asked))
        return jax.tree.map(lambda leaf: leaf[0], lifted)


def _with_number(x: Rows, number: np.ndarray) -> Rows:
    return x._replace(numbers=np.concatenate([x.numbers, number[..., None]], axis=-1))
