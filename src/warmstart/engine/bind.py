"""`bind`: the one place where kinds of learners are told apart."""

from __future__ import annotations

from typing import Any

from warmstart.engine.bound import Batched, Bound, Traced
from warmstart.engine.stacked import Stacked
from warmstart.errors import UsageError
from warmstart.learners.contract import Episodic
from warmstart.learners.on_top_of import OnTopOf
from warmstart.types import Spec

__all__ = ["bind"]


def bind(learner: Any, spec: Spec) -> Bound:
    """The learner for this spec; errors: `UsageError` for a likelihood, or a catalogue, that it does not support."""
    if spec.likelihood not in learner.likelihoods:
        legal = ", ".join(sorted(learner.likelihoods))
        raise UsageError(f"{learner.name} cannot predict a {spec.likelihood} target; it can: {legal}")
    if isinstance(learner, OnTopOf):
        if spec.items:
            raise UsageError(f"{learner.name} cannot predict items of a catalogue; use {learner.learner.name}")
        return Stacked(learner, spec)
    return Traced(learner, spec) if isinstance(learner, Episodic) else Batched(learner, spec)
