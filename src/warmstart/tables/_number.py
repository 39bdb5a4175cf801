"""`NumberEncoder`: a scaled number, and a missing flag where training rows lacked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.tables._column import State, numbers
from warmstart.tables._scaler import Scaler
from warmstart.tables._values import floats
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["NumberEncoder"]


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
        x = floats(values)
        parts = [self.scaler.apply(x), np.isnan(x)]
        return numbers(np.stack(parts[: self.widths.numbers], axis=1))

    def to_state(self) -> State:
        """The scaler's state and the flag."""
        values, arrays = self.scaler.to_state()
        return {**values, "flagged": self.flagged}, arrays

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, Scaler.from_state(values, arrays), bool(values["flagged"]))
