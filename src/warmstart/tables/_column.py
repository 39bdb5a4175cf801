"""`ColumnEncoder`: what the encoder of one column must offer, and the empty arrays it fills the rest with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

import numpy as np
import polars as pl

from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["ColumnEncoder", "State", "bag", "code", "numbers"]

State = tuple[dict[str, Any], dict[str, np.ndarray]]
"""Values that JSON holds exactly, and arrays."""


class ColumnEncoder(Protocol):
    """Frozen; fitted on the training rows of one column."""

    @property
    def column(self) -> Column:
        """The column that is encoded."""

    @property
    def widths(self) -> Widths:
        """What `transform` returns."""

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn from training rows."""

    def transform(self, values: pl.Series) -> Rows:
        """Encode any rows; always finite."""

    def to_state(self) -> State:
        """Everything but the column."""

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""


def numbers(x: np.ndarray) -> Rows:
    """Rows of float[rows, numbers] alone."""
    return Rows(x.astype(np.float32), np.zeros((len(x), 0), np.int32))


def code(x: np.ndarray) -> Rows:
    """Rows of one code column int[rows] alone."""
    return Rows(np.zeros((len(x), 0), np.float32), x.astype(np.int32)[:, None])


def bag(x: np.ndarray) -> Rows:
    """Rows of one bag int32[rows, length] alone."""
    return Rows(np.zeros((len(x), 0), np.float32), np.zeros((len(x), 0), np.int32), (x,))
