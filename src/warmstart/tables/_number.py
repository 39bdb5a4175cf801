"""`NumberEncoder`: a scaled number, and a missing flag where training rows lacked it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.tables._column import State, numbers
from warmstart.tables._scaler import Scaler, scale_all
from warmstart.tables._values import floats
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["NumberEncoder", "transform_numbers"]


@dataclass(frozen=True, eq=False)
class NumberEncoder:
    """One or two number columns."""

    column: Column
    scaler: Scaler
    flagged: bool

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn scale and whether values are missing."""
        x = floats(values)
        missing = np.isnan(x)
        return cls(column, Scaler.fit(x[~missing]), bool(missing.any()))

    @property
    def widths(self) -> Widths:
        """The number and its flag."""
        return Widths(numbers=1 + self.flagged)

    def transform(self, values: pl.Series) -> Rows:
        """Scaled number; 0 where missing."""
        return numbers(transform_numbers([self], [values]))

    def to_state(self) -> State:
        """The scaler's state and the flag."""
        values, arrays = self.scaler.to_state()
        return {**values, "flagged": self.flagged}, arrays

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, Scaler.from_state(values, arrays), bool(values["flagged"]))


def transform_numbers(encoders: Sequence[NumberEncoder], columns: Sequence[pl.Series]) -> np.ndarray:
    """float64[rows, numbers]: several columns at once: each scaled, 0 where missing, followed by its flag, if any."""
    x = np.stack([floats(values) for values in columns], axis=1)
    scaled = scale_all([each.scaler for each in encoders], x)
    if not any(each.flagged for each in encoders):
        return scaled
    pairs = np.stack([scaled, np.isnan(x)], axis=2).reshape(len(x), -1)
    return pairs[:, [told for each in encoders for told in (True, each.flagged)]]
