"""Range checks of hyper-parameters: one form of message for all learners."""

from __future__ import annotations

from typing import Any

from warmstart.errors import UsageError

__all__ = ["at_least", "positive"]


def at_least(learner: Any, **least: float) -> None:
    """Each named parameter is its bound or more. Errors: `UsageError`."""
    for name, bound in least.items():
        if not getattr(learner, name) >= bound:
            raise UsageError(f"{learner.name}.{name}: expected {bound} or more; got {getattr(learner, name)!r}")


def positive(learner: Any, *names: str) -> None:
    """Each named parameter is above 0. Errors: `UsageError`."""
    for name in names:
        if not getattr(learner, name) > 0:
            raise UsageError(f"{learner.name}.{name}: expected more than 0; got {getattr(learner, name)!r}")
