"""`bind`: the one place where kinds of learners are told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from warmstart.engine.bound import Batched, Bound, Traced
from warmstart.engine.mixed import Mixed
from warmstart.engine.scored import Scored
from warmstart.engine.stacked import Stacked
from warmstart.errors import UsageError
from warmstart.learners.auto import Auto
from warmstart.learners.contract import Episodic
from warmstart.learners.distilled import Distilled
from warmstart.learners.ensemble import Ensemble
from warmstart.learners.on_top_of import OnTopOf
from warmstart.types import Spec

__all__ = ["bind"]


def bind(learner: Any, spec: Spec) -> Bound:
    """The learner for this spec; errors: `UsageError` for a likelihood, or a catalogue, that it does not support."""
    if spec.likelihood not in learner.likelihoods:
        legal = ", ".join(sorted(learner.likelihoods))
        raise UsageError(f"{learner.name} cannot predict a {spec.likelihood} target; it can: {legal}")
    if spec.effect:
        return Scored(bind(learner, replace(spec, effect=False)), spec)
    if isinstance(learner, Ensemble | Auto):
        return _mixed(learner, spec)
    if isinstance(learner, Distilled):
        bind(learner.teacher, spec)  # refuses what the teacher cannot predict
        return bind(learner.student, spec)
    if isinstance(learner, OnTopOf):
        if spec.items:
            raise UsageError(f"{learner.name} cannot predict items of a catalogue; use {learner.learner.name}")
        return Stacked(learner, spec)
    return Traced(learner, spec) if isinstance(learner, Episodic) else Batched(learner, spec)


def _mixed(learner: Ensemble | Auto, spec: Spec) -> Mixed:
    """All members of an ensemble; those candidates of `Auto` that go with the spec."""
    bounds: dict[str, Bound] = {}
    refused: dict[str, str] = {}
    for i, member in enumerate(learner.members):
        try:
            bounds[str(i)] = bind(member, spec)
        except UsageError as error:
            if isinstance(learner, Ensemble):
                raise
            refused[str(i)] = str(error)
    if not bounds:
        what = "candidates" if isinstance(learner, Auto) else "members"
        why = "; ".join(refused.values()) or "none were given"
        raise UsageError(f"{learner.name}.{what}: expected one or more that can predict the target; {why}")
    return Mixed(learner, spec, bounds, refused)
