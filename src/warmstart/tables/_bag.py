"""`BagEncoder`: the member codes of a set or sequence, padded with 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.tables._column import State, bag
from warmstart.tables._values import labels, lists
from warmstart.tables._vocabulary import Vocabulary
from warmstart.tables.schema import Column, Kind
from warmstart.types import Rows, Widths

__all__ = ["BagEncoder", "pad", "usual_length"]

LONGEST = 32
FEWEST = 2  # a member of one row only would stand for that row


@dataclass(frozen=True)
class BagEncoder:
    """One bag: of a set the most frequent members, of a sequence the last ones; rare and unknown ones left out."""

    column: Column
    vocabulary: Vocabulary
    length: int

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn the members and how many are usual."""
        rows, members = _members(values, column)
        return cls(column, Vocabulary.fit(members, fewest=FEWEST), usual_length(rows, len(values), LONGEST))

    @property
    def widths(self) -> Widths:
        """One bag."""
        return Widths(bags=(self.vocabulary.size,))

    def transform(self, values: pl.Series) -> Rows:
        """int32[rows, length]: member codes."""
        rows, members = _members(values, self.column)
        codes = self.vocabulary.codes(members)
        rows, codes = rows[codes > 0], codes[codes > 0]
        if self.column.kind is Kind.SET:
            rows, codes = np.divmod(np.sort(rows * self.vocabulary.size + codes), self.vocabulary.size)
        return bag(pad(rows, codes, len(values), self.length, last=self.column.kind is Kind.SEQUENCE))

    def to_state(self) -> State:
        """The members in order of code, and the length."""
        return {"words": list(self.vocabulary.words), "length": self.length}, {}

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, Vocabulary(tuple(values["words"])), int(values["length"]))


def _members(values: pl.Series, column: Column) -> tuple[np.ndarray, pl.Series]:
    """int64[members]: the row of each member, ascending; and the members as text."""
    table = pl.DataFrame({"member": lists(values, column.separator)}).with_row_index("row").explode("member")
    members = labels(table["member"].alias(values.name)).str.strip_chars().alias("member")
    table = table.with_columns(members).filter(pl.col("member").is_not_null() & (pl.col("member") != ""))
    if column.kind is Kind.SET:
        table = table.unique(maintain_order=True)
    return table["row"].cast(pl.Int64).to_numpy(), table["member"]


def usual_length(rows: np.ndarray, n: int, longest: int) -> int:
    """The 99th percentile of members a row, within 1 … `longest`."""
    counts = np.bincount(rows, minlength=n)
    return int(np.clip(np.ceil(np.quantile(counts, 0.99)), 1, longest)) if n else 1


def pad(rows: np.ndarray, codes: np.ndarray, n: int, length: int, *, last: bool = False) -> np.ndarray:
    """int32[n, length]: the codes of each row (ascending `rows`), the first or the last `length` of them."""
    counts = np.bincount(rows, minlength=n)
    place = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    if last:
        place -= np.maximum(counts - length, 0)[rows]
    kept = (place >= 0) & (place < length)
    out = np.zeros((n, length), np.int32)
    out[rows[kept], place[kept]] = codes[kept]
    return out
