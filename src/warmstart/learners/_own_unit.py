"""Numbers of a row back in their own unit, for learners whose formula needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.errors import UsageError
from warmstart.tables._scaler import Scaler
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Rows

__all__ = ["fit_units", "in_own_unit"]


def fit_units(train: TaskArrays, columns: Sequence[str], learner: str) -> dict[str, Any]:
    """Place and scale of each column, by its number from 0, as arrays to be saved.

    Errors: `UsageError` for a column that is no number feature of the table.
    """
    if train.encoder is None:
        raise UsageError(f"{learner} needs a table whose columns have names: {', '.join(columns)}")
    found: dict[str, Any] = {}
    for i, column in enumerate(columns):
        try:
            place, scaler = train.encoder.number(column)
        except UsageError as error:
            raise UsageError(f"{learner}: {error}") from error
        plain, knots = scaler.to_state()
        found[str(i)] = {"place": np.array(place)} | {key: np.array(value) for key, value in plain.items()} | knots
    return found


def in_own_unit(units: Mapping[str, Any], rows: Rows) -> list[np.ndarray]:
    """The columns of rows [...] as they stood in the table, float64[...] each."""
    return [_one(units[str(i)], rows) for i in range(len(units))]


def _one(unit: Mapping[str, Any], rows: Rows) -> np.ndarray:
    knots = {key: np.asarray(unit[key]) for key in ("knots", "scores") if key in unit}
    scaler = Scaler(float(unit["unit"]), float(unit["shift"]), float(unit["scale"]), **knots)
    return scaler.undo(np.asarray(rows.numbers)[..., int(unit["place"])])
