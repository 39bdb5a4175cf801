"""`frame_of`: rows as JSON carries them to a table with the columns of a model's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from warmstart.errors import DataError
from warmstart.tables._dates import read_iso
from warmstart.tables.schema import Column, Kind, Role, Schema, Target

__all__ = ["frame_of", "label"]

_NUMBERS = (int, float)
_ROLES = frozenset(Role) - {Role.IGNORE}


def frame_of(schema: Schema, rows: Sequence[Mapping[str, Any]], needed: Sequence[str]) -> pl.DataFrame:
    """One line for each row; a column that a row does not have is missing there, a `needed` one may be null.

    Columns that no row has are left out; columns that the schema ignores are dropped. Errors: `DataError` that names
    column, row, what was expected and what came: for a column that is needed and not there, one that the schema does
    not know, or an unfit value.
    """
    known = {column.name: column for column in schema.columns}
    for at, row in enumerate(rows):
        for name in needed:
            if name not in row:
                raise DataError(
                    "missing", column=name, row=at, expected="a value or null", got=", ".join(row) or "none"
                )
        for name in row:
            if name not in known:
                raise DataError("unknown column", column=name, row=at, expected=", ".join(known), got=repr(row[name]))
    told = [c for c in schema.columns if c.role in _ROLES and any(c.name in row for row in rows)]
    return pl.DataFrame([_series(_read(schema, column), [row.get(column.name) for row in rows]) for column in told])


def _read(schema: Schema, column: Column) -> Column:
    """The column as it is read: task keys and classes are labels, whatever kind is declared."""
    classed = column.role is Role.TARGET and schema.target_type in (Target.CLASS, Target.ORDINAL)
    return replace(column, kind=Kind.CATEGORY) if classed or column.role is Role.TASK else column


def label(value: Any) -> str:
    """The same label for 3 and 3.0, and for true and "true", as in tables."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _series(column: Column, values: Sequence[Any]) -> pl.Series:
    if column.kind is Kind.DATE or (column.role in (Role.TIME, Role.KNOWN) and _has_text(values)):
        return _dates(column, values)
    if column.kind in (Kind.SET, Kind.SEQUENCE, Kind.VECTOR):
        return _lists(column, values)
    if column.kind is Kind.NUMBER:
        told = _each(column, values, lambda v: isinstance(v, _NUMBERS), "a number")
        return pl.Series(column.name, told, dtype=pl.Float64, strict=False)
    told = _each(column, values, lambda v: not isinstance(v, list), "a text or a number")
    return pl.Series(column.name, [None if v is None else label(v) for v in told], dtype=pl.String)


def _has_text(values: Sequence[Any]) -> bool:
    return any(isinstance(v, str) for v in values)


def _each(column: Column, values: Sequence[Any], fits: Callable[[Any], bool], expected: str) -> Sequence[Any]:
    for at, value in enumerate(values):
        if value is not None and not fits(value):
            raise DataError("unfit value", column=column.name, row=at, expected=expected, got=repr(value))
    return values


def _dates(column: Column, values: Sequence[Any]) -> pl.Series:
    text = pl.Series(column.name, _each(column, values, lambda v: isinstance(v, str), "a date"), dtype=pl.String)
    read = read_iso(text)
    wrong = read.is_null() & text.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise DataError("no date", column=column.name, row=row, expected="ISO 8601", got=repr(text[row]))
    return read.alias(column.name)


def _lists(column: Column, values: Sequence[Any]) -> pl.Series:
    """Lists as they are; text is split by the encoder, with the column's separator."""
    if not any(isinstance(v, list) for v in values):
        return pl.Series(column.name, _each(column, values, lambda v: isinstance(v, str), "a list"), dtype=pl.String)
    told = _each(column, values, lambda v: isinstance(v, list), "a list, as in the other rows")
    inner = pl.Float64 if column.kind is Kind.VECTOR else pl.String
    lists = [None if v is None else [_member(column, at, m, inner) for m in v] for at, v in enumerate(told)]
    return pl.Series(column.name, lists, dtype=pl.List(inner))


def _member(column: Column, row: int, value: Any, inner: Any) -> Any:
    if inner == pl.String:
        return None if value is None else label(value)
    if not isinstance(value, _NUMBERS):
        raise DataError("unfit member", column=column.name, row=row, expected="a number", got=repr(value))
    return float(value)
