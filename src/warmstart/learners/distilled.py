"""`Distilled`: a small learner that is taught by a large one, and alone is kept and served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.contract import Episodic
from warmstart.learners.likelihoods import LIKELIHOODS

__all__ = ["Distilled"]


@dataclass(frozen=True)
class Distilled:
    """Knowledge distillation (Hinton, Vinyals, Dean 2015) of a teacher of any kind into an episodic student.

    The teacher is fitted first. Of the query rows that the student is trained on, a share keeps its target; of the
    others it is drawn from what the teacher foretells of them given the support. In the mean over draws the student
    minimises share · −log p(truth) + (1 − share) · cross-entropy to the teacher, whatever the likelihood. The teacher
    has seen the training tasks, so it is surer of them than of new ones: the share that keeps its target mends that.
    """

    teacher: Any = field(default_factory=BayesHead)
    student: Episodic = field(default_factory=lambda: BayesHead(features=12, hidden=(24,)))
    truth: float = 0.5
    """Share of the query rows that keep their own target, in [0, 1]."""

    name: ClassVar[str] = "distilled"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS) - {"ranking"}
    """Scores of a ranking are no distribution to draw from; teacher and student may refuse more."""

    def __post_init__(self) -> None:
        if not 0 <= self.truth <= 1:
            raise UsageError(f"distilled.truth: expected a share between 0 and 1; got {self.truth!r}")
