"""The two arms of a treatment: rows that were treated and rows that were not, each seen on its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmstart.errors import UsageError
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Support, Treated

__all__ = ["arm_of", "arm_of_support", "treated_of"]


def treated_of(rows: TaskArrays | Support) -> Treated:
    """What was done to the rows. Errors: `UsageError` where nothing says so."""
    if rows.treated is None:
        raise UsageError("an effect is learned from a column with the role 'treatment'; there is none")
    told: Treated = rows.treated
    return told


def arm_of(arrays: TaskArrays, arm: int) -> TaskArrays:
    """The outcomes of one arm (0 or 1); rows of the other have no weight."""
    told = treated_of(arrays)
    return replace(arrays, y=told.outcome, weight=_weight(arrays.weight, told, arm), treated=None)


def arm_of_support(support: Support, arm: int) -> Support:
    """The same of a support."""
    told = treated_of(support)
    return support._replace(y=told.outcome, weight=_weight(support.weight, told, arm), treated=None)


def _weight(weight: np.ndarray, told: Treated, arm: int) -> np.ndarray:
    return np.asarray(told.weight * (weight > 0) * (told.treatment == arm), np.float32)
