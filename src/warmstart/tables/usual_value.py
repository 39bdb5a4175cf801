"""What rows say in a column, and what is usual in it: the values that reasons are told in."""

from __future__ import annotations

import math

import polars as pl

from warmstart.tables._dates import read_dates, read_iso
from warmstart.tables._values import floats, labels, lists
from warmstart.tables.schema import Column, Kind

__all__ = ["Told", "told", "usual_value"]

Told = float | str | None
"""A number, any other value as text, or None for a missing one: all that JSON holds."""


def told(values: pl.Series, column: Column) -> list[Told]:
    """What each row says, [rows]. Errors: `DataError` for a value that the column's kind cannot hold."""
    if column.kind is Kind.NUMBER:
        return [None if math.isnan(x) else x for x in floats(values).tolist()]
    if column.kind in (Kind.SET, Kind.SEQUENCE, Kind.VECTOR):
        members = lists(values, column.separator).cast(pl.List(pl.String))
        return members.list.join(f"{column.separator} ").to_list()
    return labels(values).to_list()


def usual_value(values: pl.Series, column: Column) -> Told:
    """The median of numbers and dates (one that was seen), the most frequent label; of all else nothing is usual.

    None too where most rows say nothing. Errors: as of `told`.
    """
    if column.kind not in (Kind.NUMBER, Kind.CATEGORY, Kind.DATE):
        return None
    known = pl.Series(told(values, column), strict=False).drop_nulls()
    if 2 * len(known) < len(values) or not len(known):
        return None
    if column.kind is Kind.CATEGORY:
        counts = known.alias("label").value_counts(name="count").sort(["count", "label"], descending=[True, False])
        return str(counts["label"][0])
    if column.kind is Kind.NUMBER:
        return float(known.sort()[len(known) // 2])
    read = read_iso(known)
    moments = read_dates(known) if read.null_count() else read
    return None if moments is None else str(known.gather(moments.arg_sort())[len(known) // 2])
