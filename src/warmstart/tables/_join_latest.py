"""Join what was known last: of each key the latest row of a table that is not after the row's own moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from warmstart.errors import DataError, UsageError
from warmstart.tables._join_keys import FOUND, by_keys, no_repeats
from warmstart.tables._values import first_row

__all__ = ["join_latest"]

_AT, _ROW = "\0at", "\0row"  # no column of a user is named so


def join_latest(
    left: pl.DataFrame,
    right: pl.DataFrame,
    on: Mapping[str, str],
    asof: tuple[str, str],
    used: Sequence[str],
    delay_days: int = 0,
) -> tuple[pl.DataFrame, int]:
    """Every row once, in its order, with the used columns of the latest row of `right`; and how many rows have none.

    `asof` names the moment here and there: dates, times or numbers. A row of `right` counts as known `delay_days` after
    its moment. `on`, which may be empty, are keys that must be equal.

    Errors: those of `by_keys`; `DataError` for a moment that a table lacks, that is missing in `right` (row counted
    from 0) or of another type, and for a key that occurs twice at one moment; `UsageError` for a delay of numbers.
    """
    here, there = asof
    for frame, name in ((left, here), (right, there)):
        if name not in frame.columns:
            got = ", ".join(frame.columns)
            raise DataError("asof column missing", column=name, expected="a column of the table", got=got)
    ours, theirs = _comparable(left[here], right[there], delay_days)
    row = first_row(theirs.is_null())
    if row is not None:
        raise DataError("moment is missing", column=there, row=row, expected="date, time or number", got="nothing")
    known = right.with_columns(theirs.alias(_AT))
    keyed = by_keys(left, known, on, used, (_AT, there) if there not in on.values() else (_AT,))
    no_repeats(keyed.right, [*keyed.keys, _AT], [*on.values(), there])
    rows = keyed.left.with_columns(ours.alias(_AT)).with_row_index(_ROW).sort(_AT, nulls_last=True)
    dated = rows.drop_nulls(_AT)
    joined = dated.join_asof(
        keyed.right.drop(there, strict=False).sort(_AT),
        on=_AT,
        by=keyed.keys or None,
        strategy="backward",
        check_sortedness=False,  # both were sorted a line before
    )
    whole = pl.concat([joined, rows.filter(pl.col(_AT).is_null())], how="diagonal").sort(_ROW)
    return whole.drop(*keyed.keys, _AT, _ROW, FOUND), whole[FOUND].null_count()


def _comparable(here: pl.Series, there: pl.Series, delay_days: int) -> tuple[pl.Series, pl.Series]:
    """Both as times without a zone, or both as numbers; those of the joined table by the delay later."""
    if here.dtype.is_numeric() and there.dtype.is_numeric():
        if delay_days:
            raise UsageError(f"delay_days = {delay_days} is for dates; {there.name!r} holds numbers")
        return here.cast(pl.Float64), there.cast(pl.Float64)
    for values in (here, there):
        if values.dtype != pl.Date and not isinstance(values.dtype, pl.Datetime):
            expected = "dates or times in both tables, or numbers in both"
            raise DataError(
                "has no order with the other table's", column=values.name, expected=expected, got=values.dtype
            )
    ours, theirs = (v.cast(pl.Datetime("us")).dt.replace_time_zone(None) for v in (here, there))
    return ours, theirs.dt.offset_by(f"{delay_days}d")
