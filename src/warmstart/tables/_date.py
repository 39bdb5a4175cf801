"""`DateEncoder`: where in the week, month, year and day a moment lies, and how late it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tables._column import State, numbers
from warmstart.tables._dates import read_dates, read_iso
from warmstart.tables._scaler import Scaler
from warmstart.tables._values import first_row
from warmstart.tables.schema import Column
from warmstart.types import Rows, Widths

__all__ = ["DateEncoder"]

DAY_SECONDS = 86_400
EXPECTED = "date such as 2024-05-31"


@dataclass(frozen=True, eq=False)
class DateEncoder:
    """Sine and cosine of weekday, day of month, month (and hour, if any), the scaled date, and a missing flag."""

    column: Column
    trend: Scaler
    hours: bool
    flagged: bool

    @classmethod
    def fit(cls, column: Column, values: pl.Series) -> Self:
        """Learn the span of dates, and whether there is a time of day."""
        moments = _moments(values)
        seconds = moments.drop_nulls().dt.epoch("s")
        hours = bool((seconds % DAY_SECONDS != 0).any())
        trend = Scaler.fit(seconds.to_numpy() / DAY_SECONDS, skewed=False)
        return cls(column, trend, hours, bool(moments.null_count()))

    @property
    def widths(self) -> Widths:
        """Six or eight cyclic parts, the trend, the flag."""
        return Widths(numbers=7 + 2 * self.hours + self.flagged)

    def transform(self, values: pl.Series) -> Rows:
        """Parts of each date; 0 where missing."""
        moments = _moments(values)
        days = moments.dt.epoch("s").cast(pl.Float64).fill_null(np.nan).to_numpy() / DAY_SECONDS
        turns = _turns(moments)[: 3 + self.hours] * 2.0 * np.pi
        parts = [*np.sin(turns), *np.cos(turns), self.trend.apply(days)]
        flag = [moments.is_null().to_numpy()] if self.flagged else []
        return numbers(np.nan_to_num(np.stack([*parts, *flag], axis=1)))

    def to_state(self) -> State:
        """The trend's state and two flags."""
        values, arrays = self.trend.to_state()
        return {**values, "hours": self.hours, "flagged": self.flagged}, arrays

    @classmethod
    def from_state(cls, column: Column, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        return cls(column, Scaler.from_state(values, arrays), bool(values["hours"]), bool(values["flagged"]))


def _turns(moments: pl.Series) -> np.ndarray:
    """float64[4, rows]: the part of the week, month, year and day gone by, in turns; NaN where missing."""
    at = moments.dt
    clock = at.hour().cast(pl.Float64) + at.minute().cast(pl.Float64) / 60.0
    parts = [(at.weekday() - 1) / 7.0, (at.day() - 1) / 31.0, (at.month() - 1) / 12.0, clock / 24.0]
    return np.stack([p.cast(pl.Float64).fill_null(np.nan).to_numpy() for p in parts])


def _moments(values: pl.Series) -> pl.Series:
    """Date-times without a zone; null where missing.

    Errors: `DataError` with the row for a value that is no date.
    """
    if values.dtype == pl.Date or isinstance(values.dtype, pl.Datetime):
        return values.cast(pl.Datetime("us")).dt.replace_time_zone(None)
    if values.dtype == pl.Null or values.null_count() == len(values):
        return values.cast(pl.Datetime("us"))
    if values.dtype != pl.String:
        raise DataError("is no date", column=values.name, expected=EXPECTED, got=values.dtype)
    read = read_iso(values)
    row = first_row(read.is_null() & values.is_not_null())
    if row is None:
        return read
    other = read_dates(values)
    if other is None:
        raise DataError("is no date", column=values.name, row=row, expected=EXPECTED, got=repr(values[row]))
    return other.cast(pl.Datetime("us"))
