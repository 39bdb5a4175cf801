"""`OnTopOf`: a learner that is given the cross-fitted prediction of a global model as offset and as a feature.

So it learns only what is particular to a task. The folds follow the task groups, never the rows: every offset that the
learner is trained on comes from a model that has not seen that group.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.learners.contract import CrossFitting, Episodic

__all__ = ["OnTopOf"]


@dataclass(frozen=True)
class OnTopOf:
    """`base` predicts a row without any support; `learner` adapts on top of it."""

    base: CrossFitting
    learner: Episodic

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.learner.name}_on_{self.base.name}"

    @property
    def likelihoods(self) -> frozenset[str]:
        """What both can predict, except classes, whose offsets would be vectors, and rankings."""
        return self.base.likelihoods & self.learner.likelihoods - {"categorical", "ordinal", "ranking"}
