"""`Scored`: a learner of effects in the engine: rows that tell outcomes are scored on their way to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from warmstart.engine.bound import Bound, Evidence, batch_of_one, side_by_side
from warmstart.explain.influence import Influence
from warmstart.learners.contract import Params
from warmstart.learners.effects import Effects
from warmstart.types import Latent, Query, Rows, Spec, Support

__all__ = ["Scored"]


@dataclass(frozen=True)
class Scored:
    """A bound learner of scores. Parameters: {"effects": what scores a support, "learner": its own}.

    A support is scored by its own rows alone, so that an evaluation, which knows more of a task, answers as a model
    that is served. Beliefs are differences of standardised outcomes.
    """

    inner: Bound
    spec: Spec

    @property
    def learner(self) -> Any:
        """The learner, which knows nothing of scores."""
        return self.inner.learner

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """As of the learner."""
        return self.inner.prepare(params["learner"], catalogue)

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """States [tasks]."""
        told = Effects.of(params["effects"]).told(descriptor, support)
        return self.inner.adapt(params["learner"], prepared, descriptor, told)

    def predict(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [tasks, query]."""
        latent = self.inner.predict(params["learner"], prepared, state, query)
        return Effects.of(params["effects"]).in_outcomes(latent)

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """State of one task."""
        told = self._told_one(params, descriptor, support)
        return self.inner.adapt_one(params["learner"], prepared, descriptor, told)

    def predict_one(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [query] of one task."""
        latent = self.inner.predict_one(params["learner"], prepared, state, query)
        return Effects.of(params["effects"]).in_outcomes(latent)

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: Any, new: Support) -> Any:
        """Adapting anew to all rows: further rows say how often the task treats, and so what earlier ones score."""
        return self.adapt_one(params, prepared, task.descriptor, task.support)

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: Any, query: Query | None
    ) -> Influence:
        """As of the learner: a support row counts by its score, which stays when another row is left out."""
        effects, told = Effects.of(params["effects"]), self._told_one(params, *task)
        found = self.inner.influence_one(params["learner"], prepared, task._replace(support=told), state, query)
        return Influence(found.prior * effects.scale + effects.shift, found.parts * effects.scale, found.exact)

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """As one batch of tasks."""
        return side_by_side(self, params, prepared, support, descriptor, query)

    def one_of(self, state: Any, task: int) -> Any:
        """As of the learner."""
        return self.inner.one_of(state, task)

    def _told_one(self, params: Params, descriptor: Rows, support: Support) -> Support:
        told = Effects.of(params["effects"]).told(batch_of_one(descriptor), batch_of_one(support))
        one: Support = jax.tree.map(lambda leaf: np.asarray(leaf)[0], told)
        return one
