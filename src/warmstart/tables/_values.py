"""Read a column's values as floats, labels or lists; say which row cannot be read."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from warmstart.errors import DataError

__all__ = ["FEW", "first_row", "floats", "labels", "lists", "weights"]

FEW = 1000
"""Rows that Python reads sooner one by one than polars makes ready to read all at once."""
_HEAVIEST = 1e12  # float32 still holds sums of weights
_WHOLE = r"^(-?[0-9]+)\.0+$"  # a number that some files write with a point
_WHOLE_TEXT = re.compile(r"(-?[0-9]+)\.0+")
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Unicode's White_Space, as polars strips it."""


def first_row(bad: pl.Series) -> int | None:
    """The first row (counted from 0) at which `bad` holds, if any."""
    return bad.arg_max() if bad.any() else None


def _plain(values: pl.Series) -> pl.Series:
    """Dictionary-encoded text as plain text; blank text as missing."""
    if values.dtype in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    if values.dtype == pl.String:
        values = values.set(values.str.strip_chars() == "", None)
    return values


def floats(values: pl.Series) -> np.ndarray:
    """float64[rows], NaN where missing.

    Errors: `DataError` with the row for text that is no number and for an infinite value.
    """
    dtype = values.dtype
    text = dtype in (pl.String, pl.Categorical, pl.Enum)
    if not (text or dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
        raise DataError("is no number", column=values.name, expected="number", got=dtype)
    read = _parsed(values) if text else values.cast(pl.Float64)
    x: np.ndarray = read.to_numpy()
    infinite = np.isinf(x)
    if infinite.any():
        row = int(infinite.argmax())
        raise DataError("is infinite", column=values.name, row=row, expected="finite number", got=values[row])
    return x


def weights(values: pl.Series) -> np.ndarray:
    """float32[rows] from 0; a missing weight is 0, so that its row changes nothing.

    Errors: `DataError` with the row for a weight that is negative, too large or no number.
    """
    x = floats(values)
    row = first_row(pl.Series((x < 0) | (x > _HEAVIEST) | (np.isnan(x) & _plain(values).is_not_null().to_numpy())))
    if row is not None:
        raise DataError(
            "is no weight", column=values.name, row=row, expected=f"number from 0 to {_HEAVIEST:g}", got=values[row]
        )
    known: np.ndarray = np.nan_to_num(x).astype(np.float32)
    return known


def _parsed(values: pl.Series) -> pl.Series:
    plain = _plain(values)
    read = plain.str.strip_chars().cast(pl.Float64, strict=False)
    row = first_row(read.is_null() & plain.is_not_null())
    if row is not None:
        raise DataError("is no number", column=values.name, row=row, expected="number", got=repr(plain[row]))
    return read


def labels(values: pl.Series) -> pl.Series:
    """Values as text, null where missing; 3 and 3.0 are the same label, whatever the column's type.

    Errors: `DataError` for a column of lists or records.
    """
    if values.dtype == pl.String and len(values) <= FEW:
        return pl.Series(values.name, [_label(value) for value in values.to_list()], dtype=pl.String)
    plain = _plain(values)
    if plain.dtype.is_nested():
        raise DataError("holds lists", column=values.name, expected="one label a row", got=plain.dtype)
    if plain.dtype.is_float():
        whole = plain.cast(pl.Int64, strict=False)
        same = (whole.cast(plain.dtype) == plain).fill_null(False)
        text = whole.cast(pl.String).zip_with(same, plain.cast(pl.String))
        return text.set(plain.is_nan().fill_null(False), None)
    if plain.dtype == pl.String:
        return plain.str.replace(_WHOLE, "$1")
    return plain.cast(pl.String)


def _label(value: str | None) -> str | None:
    """One text as a label."""
    if value is None or not value.strip(_SPACE):
        return None
    found = _WHOLE_TEXT.fullmatch(value) if value.endswith("0") else None
    return found[1] if found else value


def lists(values: pl.Series, separator: str) -> pl.Series:
    """A column of lists: as it is, or text split at `separator`; null where missing.

    Errors: `DataError` for values that are neither text nor lists.
    """
    if isinstance(values.dtype, pl.Array):
        return values.arr.to_list()
    if values.dtype == pl.List:
        return values
    if values.dtype == pl.Null:
        return values.cast(pl.List(pl.String))
    plain = labels(values)
    return plain.str.split(separator)
