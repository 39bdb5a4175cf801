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
    """{column: its place and scale}, as arrays to be saved.

    Errors: `UsageError` for a column that is no number feature of the table.
    """
    if train.encoder is None:
        raise UsageError(f"{learner} needs a table whose columns have names: {', '.join(columns)}")
    found: dict[str, Any] = {}
    for column in columns:
        try:
            place, scaler = train.encoder.number(column)
        except UsageError as error:
            raise UsageError(f"{learner}: {error}") from error
        values, arrays = scaler.to_state()
        found[column] = {"place": np.array(place)} | {key: np.array(value) for key, value in values.items()} | arrays
    return found


def in_own_unit(units: Mapping[str, Any], rows: Rows, column: str) -> np.ndarray:
    """float64[...]: one column of rows [...] as it stood in the table."""
    held = dict(units[column])
    numbers = np.asarray(rows.numbers)[..., int(held.pop("place"))]
    knots = {key: held[key] for key in ("knots", "scores") if key in held}
    plain = {key: float(value) for key, value in held.items() if key not in knots}
    return Scaler(**plain, **knots).undo(numbers)
