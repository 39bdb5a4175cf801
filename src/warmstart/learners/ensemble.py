"""`Ensemble`: several learners side by side; the answer is their mixture, weighted by the number of support rows.

The engine fits the weights on held-out task groups, at each of the settings' support sizes. Every member counts for
something at every size; `Auto` is the one that chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from warmstart.learners.likelihoods import LIKELIHOODS

__all__ = ["Ensemble"]


@dataclass(frozen=True)
class Ensemble:
    """Learners (of any kind) that all can predict the target."""

    members: tuple[Any, ...] = ()
    """One or more learners."""

    name: ClassVar[str] = "ensemble"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS)
