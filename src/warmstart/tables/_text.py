"""`TextEncoder`: words and pairs of neighbouring words, hashed into buckets; Chinese is cut into words by rjieba."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import NotReady
from warmstart.tables._bag import pad, usual_length
from warmstart.tables._column import State, bag
from warmstart.tables._values import labels
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["TextEncoder"]

BUCKETS = 2**15
LONGEST = 64
READ = 128  # words of a row that are looked at
CHUNK = 100_000
WORD = r"\p{Han}+|[[\p{L}\p{M}\p{N}]--\p{Han}]+"
HAN = r"\p{Han}"


@dataclass(frozen=True)
class TextEncoder:
    """One bag: the distinct words of a row in their order, then its pairs, so that a long text loses pairs first."""

    column: Column
    length: int

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn how many words and pairs are usual."""
        rows, _ = _hashed(values.head(CHUNK))
        return cls(column, usual_length(rows, min(len(values), CHUNK), LONGEST))

    @property
    def widths(self) -> Widths:
        """One bag."""
        return Widths(bags=(BUCKETS,))

    def transform(self, values: pl.Series) -> Rows:
        """int32[rows, length]: buckets 1 … 32767."""
        out = np.zeros((len(values), self.length), np.int32)
        for start in range(0, len(values), CHUNK):
            part = values.slice(start, CHUNK)
            out[start : start + len(part)] = pad(*_hashed(part), len(part), self.length)
        return bag(out)

    def to_state(self) -> State:
        """The length."""
        return {"length": self.length}, {}

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, int(values["length"]))


def _hashed(values: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """int64[n] rows ascending and int32[n] buckets: words first, then pairs, none twice in a row."""
    rows, words = _words(values)
    single = _hash(words)
    joined = rows[:-1] == rows[1:]
    pair = _mix(single[:-1], single[1:])[joined]
    row = np.concatenate([rows, rows[:-1][joined]])
    bucket = (np.concatenate([single, pair]) % np.uint64(BUCKETS - 1)).astype(np.int64) + 1
    first = np.unique(row * BUCKETS + bucket, return_index=True)[1]
    first = first[np.lexsort((first, row[first]))]
    return row[first], bucket[first].astype(np.int32)


def _words(values: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """int64[words]: the row of each word, ascending; and the words in lower case."""
    text = labels(values).str.to_lowercase().alias("word")
    table = (
        pl.DataFrame({"word": text.str.extract_all(WORD).list.head(READ)})
        .with_row_index("row")
        .explode("word")
        .drop_nulls()
    )
    runs = table["word"].filter(table["word"].str.contains(HAN)).unique()
    if len(runs):
        cut = pl.DataFrame({"word": runs, "cut": _cut(list(runs), values.name)})
        table = table.join(cut, on="word", how="left", maintain_order="left")
        whole = pl.concat_list("word")
        table = table.select("row", pl.coalesce("cut", whole).alias("word")).explode("word")
    return table["row"].cast(pl.Int64).to_numpy(), table["word"]


def _cut(runs: list[str], column: str) -> list[list[str]]:
    """Runs of Chinese characters cut into words."""
    try:
        import rjieba
    except ImportError:
        raise NotReady(
            f"column {column!r} holds Chinese text, which needs rjieba: pip install 'warmstart[text]'"
        ) from None
    return [rjieba.cut(run) for run in runs]


def _hash(words: pl.Series) -> np.ndarray:
    """uint64[words]: a hash that is the same on every machine."""
    distinct = words.unique()
    values = np.fromiter((zlib.crc32(w.encode()) for w in distinct), np.uint64, len(distinct))
    if not len(distinct):
        return values
    return words.replace_strict(distinct, pl.Series(values), return_dtype=pl.UInt64).to_numpy()


def _mix(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """uint64[pairs]: the hash of two words in their order (multiply and fold; overflow is meant)."""
    mixed = (left * np.uint64(0x9E3779B97F4A7C15)) ^ (right * np.uint64(0xC2B2AE3D27D4EB4F))
    return mixed ^ (mixed >> np.uint64(31))
