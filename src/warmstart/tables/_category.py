"""`CategoryEncoder`: one code for each label; 0 for one that training rows did not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.tables._column import State, code
from warmstart.tables._values import labels
from warmstart.tables._vocabulary import Vocabulary
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["CategoryEncoder"]


@dataclass(frozen=True)
class CategoryEncoder:
    """One code column."""

    column: Column
    vocabulary: Vocabulary

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn the labels."""
        return cls(column, Vocabulary.fit(labels(values)))

    @property
    def widths(self) -> Widths:
        """One code."""
        return Widths(codes=(self.vocabulary.size,))

    def transform(self, values: pl.Series) -> Rows:
        """The code of each label."""
        return code(self.vocabulary.codes(labels(values)))

    def to_state(self) -> State:
        """The labels in order of code."""
        return {"words": list(self.vocabulary.words)}, {}

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, Vocabulary(tuple(values["words"])))
