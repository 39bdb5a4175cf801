"""`regular_series`: lines of sales to one row per series and period, none left out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from warmstart.errors import DataError, UsageError

__all__ = ["regular_series"]


def regular_series(
    lines: pl.DataFrame, *, series: Sequence[str], time: str, every: str, value: str, fill: float | None
) -> pl.DataFrame:
    """Columns `series`, `time`, `value`: the sum of each series in each period, from its first one to the last of all.

    `time` is a date or time, `every` a length such as "1d", "1w" (from Monday) or "1mo"; the new `time` is the start of
    a period. A period without a line is `fill`: 0 where nothing told means nothing sold, None where it means unknown.
    What is known of a period beforehand (calendar, prices, promotions) is joined on afterwards.

    Errors: `UsageError` without a series column or for a length that is none; `DataError` for a column that is not
    there, a time that is none or missing.
    """
    names = (*series, time, value)
    lost = next((name for name in names if name not in lines.columns), None)
    if not series:
        raise UsageError("regular_series: expected one series column or more; got none")
    if lost is not None:
        raise DataError("missing", column=lost, expected="a column of the lines", got=", ".join(lines.columns))
    if lines[time].dtype != pl.Date and not isinstance(lines[time].dtype, pl.Datetime):
        raise DataError("no time", column=time, expected="dates or times", got=str(lines[time].dtype))
    if lines[time].null_count():
        row = lines[time].is_null().arg_max()
        raise DataError("time is missing", column=time, row=row, expected="date or time", got="nothing")
    try:
        sold = lines.group_by(*series, pl.col(time).dt.truncate(every)).agg(pl.col(value).sum())
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"regular_series: every={every!r}: expected a length such as 1d, 1w or 1mo") from error
    periods = pl.date_ranges if lines[time].dtype == pl.Date else pl.datetime_ranges
    last = sold[time].max()
    every_period = (
        sold.group_by(series)
        .agg(pl.col(time).min())
        .with_columns(periods(pl.col(time), pl.lit(last), every).alias(time))
        .explode(time)
        .sort(*series, time)
    )
    filled = every_period.join(sold, on=[*series, time], how="left", maintain_order="left")
    return filled.with_columns(pl.col(value).fill_null(fill) if fill is not None else pl.col(value))
