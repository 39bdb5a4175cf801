"""`RowEncoder`: table columns to the arrays that learners see; fitted once on training rows, then frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple, Self

import numpy as np
import polars as pl
from polars.exceptions import ColumnNotFoundError

from warmstart.errors import DataError, UsageError
from warmstart.tables._bag import BagEncoder
from warmstart.tables._category import CategoryEncoder
from warmstart.tables._column import ColumnEncoder, State
from warmstart.tables._date import DateEncoder
from warmstart.tables._number import NumberEncoder, transform_numbers
from warmstart.tables._scaler import Scaler
from warmstart.tables._text import TextEncoder
from warmstart.tables._vector import VectorEncoder
from warmstart.tables.schema import Column, Kind, Role
from warmstart.tables.usual_value import Told, usual_value
from warmstart.types import Rows, Widths

__all__ = ["Names", "RowEncoder", "fit_encoder"]

_CELLS = 100_000  # numbers that are encoded at once: of few rows all columns, of many each by itself

_KINDS: Mapping[Kind, type[ColumnEncoder]] = {
    Kind.NUMBER: NumberEncoder,
    Kind.CATEGORY: CategoryEncoder,
    Kind.TEXT: TextEncoder,
    Kind.SET: BagEncoder,
    Kind.SEQUENCE: BagEncoder,
    Kind.VECTOR: VectorEncoder,
    Kind.DATE: DateEncoder,
}


class Names(NamedTuple):
    """The table column that each encoded column comes from."""

    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    bags: tuple[str, ...]


@dataclass(frozen=True)
class RowEncoder:
    """The encoders of some columns, in order."""

    encoders: tuple[ColumnEncoder, ...]
    usual: Mapping[str, Told]
    """What is usual in each column, of training rows."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is encoded."""
        return tuple(e.column for e in self.encoders)

    @cached_property
    def widths(self) -> Widths:
        """How wide encoded rows are."""
        each = [e.widths for e in self.encoders]
        codes = tuple(c for w in each for c in w.codes)
        return Widths(sum(w.numbers for w in each), codes, tuple(b for w in each for b in w.bags))

    @cached_property
    def names(self) -> Names:
        """The source of every number, code and bag."""
        each = [(e.column.name, e.widths) for e in self.encoders]
        return Names(
            tuple(name for name, w in each for _ in range(w.numbers)),
            tuple(name for name, w in each for _ in w.codes),
            tuple(name for name, w in each for _ in w.bags),
        )

    @cached_property
    def usual_row(self) -> Rows:
        """The usual values as an encoded row [1]."""
        return self.transform(pl.DataFrame({name: [value] for name, value in self.usual.items()} or {"": [None]}))

    def decoded(self, one: Rows) -> dict[str, Told]:
        """What an encoded row without axis said, by column: numbers and known labels; None for all else."""
        said: dict[str, Told] = dict.fromkeys(e.column.name for e in self.encoders)
        for e in self.encoders:
            name, names = e.column.name, self.names
            if isinstance(e, NumberEncoder):
                at = names.numbers.index(name)
                missing = e.flagged and bool(one.numbers[at + 1])
                said[name] = None if missing else float(e.scaler.undo(one.numbers[at]))
            elif isinstance(e, CategoryEncoder) and (code := int(one.codes[names.codes.index(name)])):
                said[name] = e.vocabulary.words[code - 1]
        return said

    def number(self, column: str) -> tuple[int, Scaler]:
        """Place among the encoded numbers of a column of kind "number", and how it was scaled.

        Errors: `UsageError`, naming those that there are.
        """
        known = {e.column.name: e.scaler for e in self.encoders if isinstance(e, NumberEncoder)}
        if column not in known:
            raise UsageError(f"no feature {column!r} of kind 'number'; there are: {', '.join(known) or 'none'}")
        return self.names.numbers.index(column), known[column]

    def transform(self, frame: pl.DataFrame) -> Rows:
        """Encode rows: always finite, each row by itself.

        Errors: `DataError` for a missing column, or a value that its kind cannot hold (with the row, counted from 0).
        """
        numbers = np.zeros((frame.height, self.widths.numbers), np.float32)
        codes = np.zeros((frame.height, len(self.widths.codes)), np.int32)
        bags: tuple[np.ndarray, ...] = ()
        together = max(_CELLS // max(frame.height, 1), 1)
        for start in range(0, len(self._plain), together):
            plain, at = zip(*self._plain[start : start + together], strict=True)
            columns = [_values(frame, each.column.name) for each in plain]
            numbers[:, np.concatenate(at)] = transform_numbers(plain, columns)
        for encoder, number, code in self._others:
            part = encoder.transform(_values(frame, encoder.column.name))
            numbers[:, number : number + part.numbers.shape[1]] = part.numbers
            codes[:, code : code + part.codes.shape[1]] = part.codes
            bags += part.bags
        return Rows(numbers, codes, bags)

    @cached_property
    def _places(self) -> list[tuple[ColumnEncoder, int, int]]:
        """Each encoder with the places of its first number and its first code."""
        each = [e.widths for e in self.encoders]
        numbers = accumulate((w.numbers for w in each), initial=0)
        codes = accumulate((len(w.codes) for w in each), initial=0)
        return list(zip(self.encoders, numbers, codes, strict=False))

    @cached_property
    def _plain(self) -> list[tuple[NumberEncoder, np.ndarray]]:
        """Those of single numbers, of which several are encoded at once, each with the places of its numbers."""
        return [
            (e, number + np.arange(e.widths.numbers)) for e, number, _ in self._places if isinstance(e, NumberEncoder)
        ]

    @cached_property
    def _others(self) -> list[tuple[ColumnEncoder, int, int]]:
        return [place for place in self._places if not isinstance(place[0], NumberEncoder)]

    def to_state(self) -> State:
        """What JSON holds exactly, and arrays; `from_state` makes the same encoder of them, to the bit."""
        values: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for i, encoder in enumerate(self.encoders):
            fitted, own = encoder.to_state()
            usual = self.usual[encoder.column.name]
            values.append({"column": asdict(encoder.column), "fitted": fitted, "usual": usual})
            arrays |= {f"{i}.{key}": array for key, array in own.items()}
        return {"columns": values}, arrays

    @classmethod
    def from_state(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        encoders: list[ColumnEncoder] = []
        for i, entry in enumerate(values["columns"]):
            column = _column(entry["column"])
            own = {key.removeprefix(f"{i}."): a for key, a in arrays.items() if key.startswith(f"{i}.")}
            encoders.append(_KINDS[column.kind].from_state(column, entry["fitted"], own))
        return cls(tuple(encoders), {entry["column"]["name"]: entry["usual"] for entry in values["columns"]})


def fit_encoder(frame: pl.DataFrame, columns: Sequence[Column]) -> RowEncoder:
    """Fit the encoder of each column on these rows, which must be training rows only.

    Numbers are standardised (through quantiles where heavily skewed); categories, sets and sequences become codes with
    0 for the unknown; texts hashed words and pairs; vectors standardised components; dates cyclic parts and a trend.

    Errors: `DataError` for a missing column or a value that its kind cannot hold (with the row, counted from 0).
    """
    encoders = tuple(_KINDS[c.kind].fit(c, _values(frame, c.name)) for c in columns)
    return RowEncoder(encoders, {c.name: usual_value(frame[c.name], c) for c in columns})


def _values(frame: pl.DataFrame, name: str) -> pl.Series:
    try:
        return frame[name]
    except ColumnNotFoundError:
        raise DataError(
            "missing", column=name, expected="a column of the table", got=", ".join(frame.columns)
        ) from None


def _column(entry: Mapping[str, Any]) -> Column:
    return Column(**{**entry, "role": Role(entry["role"]), "kind": Kind(entry["kind"])})
