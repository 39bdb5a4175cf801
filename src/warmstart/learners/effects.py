"""Effects as a target: a row's doubly robust score in the place of its outcome, so that any learner can predict it.

The DR-learner of Kennedy 2023 in two stages: nuisances from training tasks (`_doubly_robust`), then a regression of the
scores, for which any Gaussian learner serves; in a new task too, where the rows of its pilot are scored the same way.
The variance of a score goes with 1 / (e (1 - e)), e being the row's propensity; rows weigh by its inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from warmstart.learners._arms import treated_of
from warmstart.learners._doubly_robust import Nuisances, Outcomes, fit_nuisances, own_outcomes
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Rows, Support, Treated

__all__ = ["Effects", "judged"]


class _Told(NamedTuple):
    """Rows as a learner of effects sees them: float32[...] each."""

    y: np.ndarray
    weight: np.ndarray
    treated: Treated


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
        """The effects, and the training tasks with cross-fitted scores as target: numbers like any other.

        Errors: `DataError` where no row, or every row, is treated.
        """
        nuisances, held_out = fit_nuisances(train, seed)
        score = held_out.effect(treated_of(train))
        overlap = float(_overlap(held_out.propensity).mean())
        effects = cls(nuisances, float(score.mean()), max(float(score.std()), 1e-9), overlap)
        told = effects._told(treated_of(train), train.weight, held_out)
        return effects, replace(train, **told._asdict(), spec=replace(train.spec, effect=False))

    def told(self, descriptor: Rows, support: Support) -> Support:
        """Supports [tasks, support] of tasks that were not trained on, with scores as target."""
        outcomes = self.nuisances.outcomes(descriptor, support)
        return support._replace(**self._told(treated_of(support), support.weight, outcomes)._asdict())

    def in_outcomes(self, latent: Latent) -> Latent:
        """What was learned from such supports, as differences of standardised outcomes."""
        scale, square = np.float32(self.scale), np.float32(self.scale**2)
        return Latent(latent.mean * scale + np.float32(self.shift), latent.variance * square, latent.noise * square)

    @property
    def params(self) -> dict[str, Any]:
        """A tree of arrays, to be kept with the parameters of the learner."""
        return {**vars(self.nuisances), **{name: np.float64(getattr(self, name)) for name in _NUMBERS}}

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Self:
        """The effects that gave these `params`."""
        nuisances = Nuisances(*(params[name] for name in ("control", "treated", "propensity")))
        return cls(nuisances, *(float(params[name]) for name in _NUMBERS))

    def _told(self, told: Treated, weight: np.ndarray, outcomes: Outcomes) -> _Told:
        score = ((outcomes.effect(told) - self.shift) / self.scale).astype(np.float32)
        outcome = ((told.outcome - self.shift * told.treatment) / self.scale).astype(np.float32)
        counted = (weight * _overlap(outcomes.propensity) / self.overlap).astype(np.float32)
        return _Told(score, counted, Treated(told.treatment, outcomes.propensity, outcome, told.weight))


_NUMBERS = ("shift", "scale", "overlap")


def judged(arrays: TaskArrays, seed: int = 0) -> TaskArrays:
    """Tasks with the scores of their rows as target, in standardised outcomes, by models of the tasks' own other rows.

    These are to judge by: models of the training tasks would find themselves confirmed. What is told of rows stays.
    Errors: `DataError` where no row, or every row, is treated.
    """
    score = own_outcomes(arrays, seed).effect(treated_of(arrays))
    return replace(arrays, y=score.astype(np.float32))


def _overlap(propensity: np.ndarray) -> np.ndarray:
    """float64[...]: e (1 - e), the inverse of a score's variance but for a factor."""
    e = propensity.astype(np.float64)
    return np.asarray(e * (1 - e))
