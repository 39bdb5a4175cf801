"""`OnTopOf`: a learner that is given the cross-fitted prediction of a global model as offset and as a feature.

So it learns only what is particular to a task. The folds follow the task groups, never the rows: every offset that the
learner is trained on comes from a model that has not seen that group.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.errors import UsageError
from warmstart.learners.contract import Direct, Episodic

__all__ = ["OnTopOf"]

_FEWEST_FOLDS = 2


@dataclass(frozen=True)
class OnTopOf:
    """`base` predicts a row without any support; `learner` adapts on top of it. `folds` ≥ 2."""

    base: Direct
    learner: Episodic
    folds: int = 5

    def __post_init__(self) -> None:
        if self.folds < _FEWEST_FOLDS:
            raise UsageError(f"on_top_of.folds: expected 2 or more; got {self.folds}")

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.learner.name}_on_{self.base.name}"

    @property
    def likelihoods(self) -> frozenset[str]:
        """What both can predict, except classes, whose offsets would be vectors, and rankings."""
        return self.base.likelihoods & self.learner.likelihoods - {"categorical", "ranking"}
