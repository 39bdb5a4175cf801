"""Effects as a target: every row's doubly robust score in the place of its outcome, so that any learner can predict it.

The DR-learner of Kennedy 2023 in two stages: nuisances from training tasks (`_doubly_robust`), then a regression of the
scores, for which any Gaussian learner serves; in a new task too, where the rows of its pilot are scored the same way.
The variance of a score goes with 1 / (e (1 - e)), e being the row's propensity; rows weigh by its inverse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from warmstart.learners._arms import treated_of
from warmstart.learners._doubly_robust import Nuisances, Outcomes, fit_nuisances, own_outcomes
from warmstart.tables.target import TargetEncoder
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Treated

__all__ = ["Effects"]


@dataclass(frozen=True)
class Effects:
    """What is needed to put effects in the place of outcomes, fitted on training tasks."""

    nuisances: Nuisances
    shift: float
    """Mean of the training scores, in standardised outcomes."""
    scale: float
    """Their standard deviation."""
    overlap: float
    """Mean of e (1 - e) over training rows, e being the propensity."""

    @classmethod
    def fit(cls, train: TaskArrays, seed: int = 0) -> tuple[Self, TaskArrays]:
        """The effects, and the training tasks with cross-fitted scores as target.

        Errors: `DataError` where no row, or every row, is treated.
        """
        nuisances, held_out = fit_nuisances(train, seed)
        score = held_out.effect(treated_of(train))
        overlap = float(_overlap(held_out.propensity).mean())
        effects = cls(nuisances, float(score.mean()), max(float(score.std()), 1e-9), overlap)
        return effects, effects._relabelled(train, held_out)

    def of(self, arrays: TaskArrays) -> TaskArrays:
        """Tasks that were not trained on, with scores as target."""
        return self._relabelled(arrays, self.nuisances.outcomes(arrays))

    def judged(self, arrays: TaskArrays, rows: np.ndarray, seed: int = 0) -> TaskArrays:
        """The same, but `rows` (int64[chosen]) are scored by models of these tasks' own other rows.

        Those are rows that are asked and never told: models of the training tasks would find themselves confirmed.
        Errors: `DataError` where no row, or every row, is treated.
        """
        told, own = self.of(arrays), self._relabelled(arrays, own_outcomes(arrays, seed))
        asked = np.isin(np.arange(len(arrays.y)), rows)
        return replace(told, y=np.where(asked, own.y, told.y))

    def target(self, outcome: TargetEncoder) -> TargetEncoder:
        """The encoder of effects, given that of outcomes: in the outcome's unit, without its ends."""
        return replace(outcome, shift=self.shift * outcome.scale, scale=self.scale * outcome.scale, bounds=None)

    def _relabelled(self, arrays: TaskArrays, outcomes: Outcomes) -> TaskArrays:
        told = treated_of(arrays)
        score = ((outcomes.effect(told) - self.shift) / self.scale).astype(np.float32)
        outcome = ((told.outcome - self.shift * told.treatment) / self.scale).astype(np.float32)
        weight = (arrays.weight * _overlap(outcomes.propensity) / self.overlap).astype(np.float32)
        found = Treated(told.treatment, outcomes.propensity, outcome, told.weight)
        return replace(arrays, y=score, weight=weight, treated=found)


def _overlap(propensity: np.ndarray) -> np.ndarray:
    """float64[rows]: e (1 - e), the inverse of a score's variance but for a factor."""
    e = propensity.astype(np.float64)
    return np.asarray(e * (1 - e))
