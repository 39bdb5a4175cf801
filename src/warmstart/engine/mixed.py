"""`Mixed`: `Ensemble` and `Auto` in the engine: the states of members side by side, their beliefs mixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from warmstart.engine.bound import Bound, Evidence, batch_of_one, leave_one_out, side_by_side
from warmstart.engine.mixture import average, mix, weights_at, within
from warmstart.explain.influence import Influence
from warmstart.learners.contract import Params
from warmstart.tasks.arrays import is_foreign
from warmstart.types import Latent, Query, Rows, Spec, Support

__all__ = ["Mixed", "SideBySide"]


class SideBySide(NamedTuple):
    """What each member knows of a task, and how many shots it has seen."""

    k: np.ndarray
    """int64[tasks]"""
    states: Mapping[str, Any]
    """By member."""


@dataclass(frozen=True)
class Mixed:
    """Bound members. Parameters: `members` by name, and by support size the `weight` of each name and `spread`.

    A name is the place of a member in the learner: "2" for what it learned from all tasks, "2.1" and "2.2" for what it
    learned from some of them; each member has as many fits. Of numbers and counts `range` bounds what a member expects.
    Where items of other domains are known too, `foreign` (bool[items]) names them: their rows are no shots.
    """

    learner: Any
    spec: Spec
    bounds: Mapping[str, Bound]
    """By place ("0", "1", …): members that go with the spec."""
    refused: Mapping[str, str]
    """By place: why another member does not."""

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """What each member prepares."""
        return {name: self._bound(name).prepare(held, catalogue) for name, held in params["members"].items()}

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> SideBySide:
        """States [tasks] of every member."""
        members = params["members"].items()
        states = {name: self._bound(name).adapt(held, prepared[name], descriptor, support) for name, held in members}
        return SideBySide(_shots(params, support), states)

    def predict(self, params: Params, prepared: Any, state: SideBySide, query: Query | None) -> Latent:
        """The mixture [tasks, query]."""

        def ask(name: str, query: Query | None) -> Latent:
            return self._bound(name).predict(params["members"][name], prepared[name], state.states[name], query)

        return self._mixture(params, state.k, ask, query)

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> SideBySide:
        """State of one task."""
        members = params["members"].items()
        states = {
            name: self._bound(name).adapt_one(held, prepared[name], descriptor, support) for name, held in members
        }
        return SideBySide(_shots(params, support), states)

    def predict_one(self, params: Params, prepared: Any, state: SideBySide, query: Query | None) -> Latent:
        """The mixture [query] of one task."""

        def ask(name: str, query: Query | None) -> Latent:
            member = self._bound(name)
            latent = member.predict_one(params["members"][name], prepared[name], state.states[name], query)
            return Latent(*batch_of_one(latent))

        mixed = self._mixture(params, state.k[None], ask, query, batched=False)
        return Latent(*(part[0] for part in mixed))

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: SideBySide, new: Support) -> SideBySide:
        """Every member in its own way."""
        members = params["members"].items()
        states = {
            name: self._bound(name).update_one(held, prepared[name], task, state.states[name], new)
            for name, held in members
        }
        return SideBySide(_shots(params, task.support), states)

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: SideBySide, query: Query | None
    ) -> Influence:
        """The change when a row is left out."""
        return leave_one_out(self, params, prepared, task, query)

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """As one batch of tasks."""
        return side_by_side(self, params, prepared, support, descriptor, query)

    def one_of(self, state: SideBySide, task: int) -> SideBySide:
        """Every member's state of one task."""
        states = {name: self._bound(name).one_of(held, task) for name, held in state.states.items()}
        return SideBySide(np.asarray(state.k)[task], states)

    def _bound(self, name: str) -> Bound:
        return self.bounds[name.partition(".")[0]]

    def _mixture(
        self,
        params: Params,
        k: np.ndarray,
        ask: Callable[[str, Query | None], Latent],
        query: Query | None,
        *,
        batched: bool = True,
    ) -> Latent:
        """Members without weight at these support sizes are not asked.

        Scores of items can be mixed within a whole catalogue only, so that is always ranked.
        """
        kind, names = self.spec.likelihood, sorted(params["members"], key=float)
        weights = weights_at(k, params["shots"], params["weight"])
        asked = np.flatnonzero(weights.any(axis=0))
        latents = (ask(names[i], None if kind == "ranking" else query) for i in asked)
        latents = (within(each, *params["range"]) for each in latents) if "range" in params else latents
        if kind == "gaussian":
            return self._numbers(params, k, list(latents), weights[:, asked])
        mixed = mix(kind, latents, weights[:, asked], params["temperature"][asked])
        if kind != "ranking" or query is None:
            return mixed
        item = np.maximum(query.item if batched else query.item[None], 0)
        mean = np.take_along_axis(mixed.mean, item, axis=1)
        return Latent(mean, 0 * mean, 0 * mean)

    def _numbers(self, params: Params, k: np.ndarray, latents: Sequence[Latent], weights: np.ndarray) -> Latent:
        """The mean of one calibrated mixture for each fit of the members, which come in a row."""
        fits = len(params["members"]) // sum("." not in name for name in params["members"])
        spread = weights_at(k, params["shots"], params["spread"][:, None]).astype(np.float32)
        mixed = [mix("gaussian", latents[i::fits], fits * weights[:, i::fits], ()) for i in range(fits)]
        return average([each._replace(variance=each.variance * spread, noise=each.noise * spread) for each in mixed])


def _shots(params: Params, support: Support) -> np.ndarray:
    filled = np.asarray(support.weight) > 0
    if "foreign" in params:
        filled &= ~is_foreign(params["foreign"], support.item)
    return np.asarray(filled.sum(axis=-1))
