"""`VectorEncoder`: the components of a vector, each standardised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tables._column import State, numbers
from warmstart.tables._scaler import Scaler, scale_all
from warmstart.tables._values import first_row, floats, lists
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["VectorEncoder"]


@dataclass(frozen=True, eq=False)
class VectorEncoder:
    """One number a component, and a missing flag where training rows lacked the vector."""

    column: Column
    scalers: tuple[Scaler, ...]
    flagged: bool

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn the length and the scale of each component."""
        lengths = lists(values, column.separator).list.len().drop_nulls()
        if not len(lengths):
            raise DataError("holds no vector", column=column.name, expected="numbers", got="only missing values")
        x = _matrix(values, column, int(lengths[0]))
        missing = np.isnan(x).all(axis=1)
        return cls(column, tuple(Scaler.fit(c, skewed=False) for c in x[~missing].T), bool(missing.any()))

    @property
    def widths(self) -> Widths:
        """Components and flag."""
        return Widths(numbers=len(self.scalers) + self.flagged)

    def transform(self, values: pl.Series) -> Rows:
        """Scaled components; 0 where the vector is missing."""
        x = _matrix(values, self.column, len(self.scalers))
        scaled = scale_all(self.scalers, x)
        return numbers(np.concatenate([scaled, np.isnan(x[:, :1])], axis=1) if self.flagged else scaled)

    def to_state(self) -> State:
        """Units, shifts and scales as one array."""
        scales = np.array([[s.unit, s.shift, s.scale] for s in self.scalers])
        return {"flagged": self.flagged}, {"scales": scales}

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, tuple(Scaler(*row) for row in arrays["scales"].tolist()), bool(values["flagged"]))


def _matrix(values: pl.Series, column: Column, length: int) -> np.ndarray:
    """float64[rows, length], a row of NaN where the vector is missing."""
    vectors = lists(values, column.separator)
    lengths = vectors.list.len()
    row = first_row((lengths != length).fill_null(False))
    if row is not None or not length:
        expected, got = f"{length or 'some'} numbers", f"{lengths[row or 0]} numbers"
        raise DataError("vector of another length", column=column.name, row=row or 0, expected=expected, got=got)
    present = np.flatnonzero(vectors.is_not_null().to_numpy())
    flat = _components(vectors.drop_nulls().explode(), column.name, present, length)
    out = np.full((len(values), length), np.nan)
    out[present] = flat.reshape(-1, length)
    return out


def _components(flat: pl.Series, name: str, present: np.ndarray, length: int) -> np.ndarray:
    """float64[present * length]; a component that is missing or no number is refused with its row."""
    try:
        read = floats(flat.alias(name))
        bad = np.flatnonzero(np.isnan(read))
    except DataError as error:
        row = int(present[int(error.row or 0) // length])
        raise DataError("vector holds no number", column=name, row=row, expected="finite numbers") from error
    if len(bad):
        row = int(present[bad[0] // length])
        raise DataError("vector lacks a component", column=name, row=row, expected=f"{length} numbers", got="missing")
    return read
