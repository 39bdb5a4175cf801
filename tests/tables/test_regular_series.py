"""`regular_series`: two series by hand, with gaps, and what is refused."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.tables.regular_series import regular_series

DAY = dt.date(2024, 1, 1)  # a Monday


def lines(*rows: tuple[str, int | None, float]) -> pl.DataFrame:
    """Lines of (shop, days after the first of January, units)."""
    dated = [(shop, None if day is None else DAY + dt.timedelta(days=day), units) for shop, day, units in rows]
    return pl.DataFrame(dated, schema={"shop": pl.String, "day": pl.Date, "units": pl.Float64}, orient="row")


def regular(frame: pl.DataFrame, every: str = "1d", fill: float | None = 0.0) -> list[tuple[object, ...]]:
    """(shop, days after the first of January, units) of every period."""
    found = regular_series(frame, series=("shop",), time="day", every=every, value="units", fill=fill)
    return [(shop, (day - DAY).days, units) for shop, day, units in found.rows()]


def test_by_hand() -> None:
    """Lines of a day add up; a begins on day 0, b on day 2; both go on to the last day of all, with nothing sold."""
    found = regular(lines(("b", 2, 5), ("a", 0, 1), ("a", 0, 2), ("a", 3, 4)))
    assert found == [("a", 0, 3), ("a", 1, 0), ("a", 2, 0), ("a", 3, 4), ("b", 2, 5), ("b", 3, 0)]


def test_unknown_stays_unknown() -> None:
    """Where a gap is no zero, it is missing."""
    assert regular(lines(("a", 0, 1), ("a", 2, 2)), fill=None) == [("a", 0, 1), ("a", 1, None), ("a", 2, 2)]


def test_weeks_begin_on_monday() -> None:
    """Sunday belongs to the week before Monday; the week between is filled."""
    assert regular(lines(("a", 6, 1), ("a", 14, 2)), "1w") == [("a", 0, 1), ("a", 7, 0), ("a", 14, 2)]


def test_hours_of_a_time() -> None:
    """A time of day is kept: three hours, of which one sold nothing."""
    noon = dt.datetime(2024, 1, 1, 12)
    frame = pl.DataFrame({"shop": ["a", "a"], "day": [noon, noon + dt.timedelta(minutes=130)], "units": [1.0, 2.0]})
    found = regular_series(frame, series=("shop",), time="day", every="1h", value="units", fill=0)
    assert found.rows() == [("a", noon + dt.timedelta(hours=h), u) for h, u in ((0, 1), (1, 0), (2, 2))]


def test_refused() -> None:
    """No series, a column that is not there, a time that is none or missing, a length that is none."""
    frame = lines(("a", 0, 1))
    with pytest.raises(UsageError, match="one series column or more"):
        regular_series(frame, series=(), time="day", every="1d", value="units", fill=0)
    with pytest.raises(DataError, match="column 'units'"):
        regular(frame.drop("units"))
    with pytest.raises(DataError, match="expected dates or times"):
        regular(frame.with_columns(pl.lit("monday").alias("day")))
    with pytest.raises(DataError, match="column 'day': row 1: time is missing"):
        regular(lines(("a", 0, 1), ("a", None, 1)))
    with pytest.raises(UsageError, match="expected a length such as 1d"):
        regular(frame, "often")
