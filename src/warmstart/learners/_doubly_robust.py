"""What the effect of a treatment is estimated with: outcomes under both arms and propensity, fitted on training tasks.

Every training row is judged by models that have not seen its task group (cross-fitting: Chernozhukov and others 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import DataError
from warmstart.learners._arms import arm_of, treated_of
from warmstart.learners._base_model import Base, base_link, fit_base
from warmstart.learners._boosting import Boosting
from warmstart.learners._design import rows_matrix
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Rows, Support, Treated

__all__ = ["Nuisances", "Outcomes", "fit_arms", "fit_nuisances", "own_outcomes"]

_BOOSTING = Boosting(learning_rate=0.05, leaves=15, min_rows=100, max_rounds=400, threads=0)
_FOLDS = 3
_OVERLAP = 0.02  # a propensity stays within this distance of 0 and 1
_NEWTON = 20


class Outcomes(NamedTuple):
    """What is believed of rows before it is known what was done to them."""

    control: np.ndarray
    """float32[...]: outcome without the treatment"""
    treated: np.ndarray
    """float32[...]: outcome with it"""
    propensity: np.ndarray
    """float32[...], between 0 and 1"""

    def effect(self, told: Treated) -> np.ndarray:
        """float64[...]: the doubly robust score of each row, whose mean is the effect (Robins, Rotnitzky 1995).

        It is unbiased where either the outcomes or the propensities are right.
        """
        w, e = told.treatment.astype(np.float64), self.propensity.astype(np.float64)
        y = told.outcome.astype(np.float64)
        tilt = w * (y - self.treated) / e - (1 - w) * (y - self.control) / (1 - e)
        return np.asarray(self.treated.astype(np.float64) - self.control + tilt)


@dataclass(frozen=True)
class Nuisances:
    """Three global models: LightGBM on row and descriptor. Give rows in, get `Outcomes`."""

    control: Mapping[str, Any]
    treated: Mapping[str, Any]
    propensity: Mapping[str, Any]

    def outcomes(self, descriptor: Rows, support: Support) -> Outcomes:
        """Of rows [tasks, support] of tasks that were not trained on, by the rows alone; of padding anything.

        The propensity is declared, or levelled task by task.
        """
        control, treated, link = (
            base_link(params, rows_matrix(params["design"]["descriptor"], descriptor), support.x, support.item, 0)
            for params in (self.control, self.treated, self.propensity)
        )
        real = support.weight > 0
        propensity = np.full(real.shape, 0.5, np.float32)
        told = treated_of(support).take(real)
        propensity[real] = _propensities(told, link[..., 0][real], np.nonzero(real)[0], len(real))
        return Outcomes(control[..., 0], treated[..., 0], propensity)


def fit_nuisances(train: TaskArrays, seed: int) -> tuple[Nuisances, Outcomes]:
    """The models, and the cross-fitted outcomes of the training rows.

    Errors: `DataError` where no row, or every row, is treated.
    """
    bases = _bases(train, seed)
    held_out = _outcomes(train, *(base.held_out[:, 0] for base in bases))
    return Nuisances(*(base.params for base in bases)), held_out


def own_outcomes(arrays: TaskArrays, seed: int) -> Outcomes:
    """Outcomes of rows by models of the other rows, those of the same tasks included: to judge by, never to learn from.

    Errors: as of `fit_nuisances`.
    """
    rows = len(arrays.y)
    apart = replace(
        arrays,
        offsets=np.arange(rows + 1),
        descriptor=take_rows(arrays.descriptor, arrays.task_of_row),
        group=np.arange(rows, dtype=np.int32),
    )
    return _outcomes(arrays, *(base.held_out[:, 0] for base in _bases(apart, seed)))


def _bases(arrays: TaskArrays, seed: int) -> tuple[Base, Base, Base]:
    """Models of both arms and of the propensity."""
    told = treated_of(arrays)
    share = float(told.treatment.mean()) if len(told.treatment) else 0.0
    if not 0 < share < 1:
        raise DataError("the effect of a treatment needs treated rows and others", expected="both", got=f"{share:.0%}")
    chosen = replace(arrays, y=told.treatment, spec=replace(arrays.spec, likelihood="bernoulli"))
    return (*fit_arms(arrays, seed), fit_base(chosen, _BOOSTING, _FOLDS, seed))


def fit_arms(train: TaskArrays, seed: int) -> tuple[Base, Base]:
    """Models of the outcome without and with the treatment."""
    control, treated = (fit_base(arm_of(train, arm), _BOOSTING, _FOLDS, seed) for arm in (0, 1))
    return control, treated


def _outcomes(arrays: TaskArrays, control: np.ndarray, treated: np.ndarray, link: np.ndarray) -> Outcomes:
    propensity = _propensities(treated_of(arrays), link, arrays.task_of_row, arrays.n_tasks)
    return Outcomes(control, treated, propensity)


def _propensities(told: Treated, link: np.ndarray, task: np.ndarray, n: int) -> np.ndarray:
    """float32[rows]: those declared; else by `link`, with a level for each of the `n` tasks (`task` is int[rows])."""
    found = np.clip(_levelled(link.astype(np.float64), told.treatment, task, n), _OVERLAP, 1 - _OVERLAP)
    return np.asarray(np.where(np.isnan(told.propensity), found, told.propensity), np.float32)


def _levelled(link: np.ndarray, treatment: np.ndarray, task: np.ndarray, n: int) -> np.ndarray:
    """float64[rows]: propensities whose sum in each task is, but for half a row, the number of its treated rows.

    Whom a task treats is known before any outcome, so a new task tells its own level.
    """
    rows = np.bincount(task, minlength=n)
    wanted = (np.bincount(task, treatment, minlength=n) + 0.5) / (rows + 1) * rows
    level = np.zeros(n)
    for _ in range(_NEWTON):
        p = 1 / (1 + np.exp(-np.clip(link + level[task], -30, 30)))
        found = np.bincount(task, p, minlength=n)
        slope = np.maximum(np.bincount(task, p * (1 - p), minlength=n), 1e-9)
        level = level + np.clip((wanted - found) / slope, -2, 2)
    return np.asarray(1 / (1 + np.exp(-np.clip(link + level[task], -30, 30))))
