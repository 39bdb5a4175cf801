"""Types of text columns, decided over every value: number, truth value, date, or text that stays text."""

from __future__ import annotations

import polars as pl

from warmstart.tables._dates import read_dates

__all__ = ["infer", "infer_dates"]

SAMPLE = 1000
PADDED = r"^[+-]?0\d"
"""A number written with a leading zero: a code, such as 00731, that would lose it."""
DIGITS = r"^[+-]?\d+$"
TRUTH = {"true": True, "false": False}


def infer(frame: pl.DataFrame, *, day_first: bool | None = None) -> pl.DataFrame:
    """A table of text columns with each column as what all of its values are."""
    return frame.with_columns(_typed(column, day_first) for column in frame.iter_columns())


def infer_dates(frame: pl.DataFrame, *, day_first: bool | None = None) -> pl.DataFrame:
    """A typed table whose text columns of dates become dates."""
    text = [column for column in frame.iter_columns() if column.dtype == pl.String]
    return frame.with_columns(_dated(column, day_first) for column in text)


def _typed(text: pl.Series, day_first: bool | None) -> pl.Series:
    if text.null_count() == len(text):
        return text
    for cast in (_integer, _real, _truth):
        if cast(text.head(SAMPLE)) is not None and (read := cast(text)) is not None:
            return read
    return _dated(text, day_first)


def _dated(text: pl.Series, day_first: bool | None) -> pl.Series:
    read = read_dates(text, day_first=day_first)
    return text if read is None else read


def _integer(text: pl.Series) -> pl.Series | None:
    bare = text.str.strip_chars()
    read = bare.cast(pl.Int64, strict=False)
    lost = read.null_count() != text.null_count() or bare.str.contains(PADDED).any()
    return None if lost else read


def _real(text: pl.Series) -> pl.Series | None:
    """Real numbers, as integers if all are whole; digits too long for an integer are a code, which a float rounds."""
    bare = text.str.strip_chars()
    read = bare.cast(pl.Float64, strict=False)
    if read.null_count() != text.null_count() or bare.str.contains(PADDED).any():
        return None
    long = bare.str.contains(DIGITS) & bare.cast(pl.Int64, strict=False).is_null()
    if long.any():
        return None
    whole = read.cast(pl.Int64, strict=False)
    return whole if (whole.cast(pl.Float64) == read).all() and whole.null_count() == read.null_count() else read


def _truth(text: pl.Series) -> pl.Series | None:
    read = text.str.to_lowercase().replace_strict(TRUTH, default=None, return_dtype=pl.Boolean)
    return None if read.null_count() != text.null_count() else read
