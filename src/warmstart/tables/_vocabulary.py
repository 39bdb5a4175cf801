"""`Vocabulary`: labels to codes, most frequent first; 0 is whatever was not seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from warmstart.tables._values import FEW

__all__ = ["Vocabulary"]

CAP = 50_000


@dataclass(frozen=True)
class Vocabulary:
    """Label i has the code i + 1."""

    words: tuple[str, ...]

    @classmethod
    def fit(cls, labels: pl.Series, cap: int = CAP, fewest: int = 1) -> Self:
        """The `cap` most frequent labels (text; nulls left out) seen `fewest` times, ties in order of the text."""
        counts = labels.drop_nulls().alias("word").value_counts(name="count").filter(pl.col("count") >= fewest)
        ranked = counts.sort(["count", "word"], descending=[True, False]).head(cap)
        return cls(tuple(ranked["word"]))

    @property
    def size(self) -> int:
        """Number of codes, the unknown 0 included."""
        return len(self.words) + 1

    @cached_property
    def _code(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words, 1)}

    def codes(self, labels: pl.Series) -> np.ndarray:
        """int32[rows]: the code of each label; 0 for an unknown or missing one."""
        if not self.words:
            return np.zeros(len(labels), np.int32)
        if len(labels) <= FEW:
            return np.array([self._code.get(label, 0) for label in labels.cast(pl.String).to_list()], dtype=np.int32)
        known = pl.Series(self.words, dtype=pl.String)
        code = pl.Series(np.arange(1, self.size, dtype=np.int32))
        found = labels.replace_strict(known, code, default=0, return_dtype=pl.Int32)
        return found.fill_null(0).to_numpy()
