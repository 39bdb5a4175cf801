"""Learners by name, refused before the data are read or anything is trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warmstart.scenarios.scenario import Contest

__all__ = ["check_names", "contender"]


def check_names(learners: Iterable[str]) -> None:
    """Errors: `NotFound` for a name that no learner has, offering the nearest."""
    from warmstart.learners.registry import create

    for name in learners:
        create(name)


def contender(contest: Contest, name: str, likelihood: str) -> Any:
    """The learner with the contest's parameters. Errors: `UsageError` where it cannot predict such a target."""
    from warmstart.engine.bind import bind
    from warmstart.types import Spec, Widths

    learner = contest.make(name)
    bind(learner, Spec(Widths(), Widths(), likelihood))
    return learner
