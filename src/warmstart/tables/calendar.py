"""`add_calendar`: public holidays and working days of a country, columns that are known of a day before it comes."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, get_args

import polars as pl

from warmstart.errors import DataError, NotFound, NotReady, UsageError
from warmstart.tables._values import first_row
from warmstart.tables.schema import Column, Kind, Role

__all__ = ["CALENDAR", "Period", "add_calendar"]

Period = Literal["day", "week", "month"]
"""What begins on a row's date: it alone, seven days, or the days up to the same day of the next month."""

CALENDAR = (
    Column("is_holiday", Role.FEATURE),
    Column("holiday", Role.FEATURE, Kind.CATEGORY),
    Column("days_to_holiday", Role.FEATURE),
    Column("days_since_holiday", Role.FEATURE),
    Column("working_days", Role.FEATURE),
)
"""The columns that are added."""

_LENGTH = {"day": "1d", "week": "7d", "month": "1mo"}
_FAR = 14  # days; a holiday further away is not felt
_NAMES = 16  # others are "other"
_USUAL = range(2000, 2030)  # the years in which names are counted: the same for every table of a country
_NONE, _OTHER = "none", "other"


def add_calendar(
    frame: pl.DataFrame, *, column: str, country: str, subdivision: str | None = None, period: Period = "day"
) -> pl.DataFrame:
    """The frame with `CALENDAR` after its columns, from the dates in `column`, each the first day of a `period`.

    `is_holiday`: 1 where the period holds a public holiday, else 0; `holiday`: the name of its first one, in English
    where the library knows it, "none" without one; of a country's names its 16 most frequent, all others are "other".
    `days_to_holiday`, `days_since_holiday`: from the last day of the period to the next holiday and from the last one
    to its first day; 0 where it holds one, at most 14. `working_days`: days that are neither weekend nor holiday.
    `country` and `subdivision` are ISO codes such as "US" and "CA".

    Errors: `NotReady` without the package `holidays`; `NotFound` for an unknown country or subdivision; `UsageError`
    for an unknown period; `DataError` with column, and row counted from 0, for a date that is missing or none, a year
    that the library does not know, and a column that is there already.
    """
    if period not in get_args(Period):
        raise UsageError(f"period {period!r}: expected one of {', '.join(get_args(Period))}")
    known = _known(country, subdivision)
    begins = _begins(frame, column)
    ends = begins.dt.offset_by(_LENGTH[period]).dt.offset_by("-1d")
    _refuse_uncovered(begins, ends, known)
    days = _days(known, begins, ends)
    spans = pl.DataFrame({"begin": begins, "end": ends})
    at_begin = days.select("name", "next", "last", begin="day", before=pl.col("worked") - pl.col("working"))
    joined = spans.join(at_begin, on="begin", how="left", maintain_order="left").join(
        days.select("worked", end="day"), on="end", how="left", maintain_order="left"
    )
    holds = (pl.col("next") <= pl.col("end")).fill_null(False)
    found = joined.select(
        holds.cast(pl.Float64).alias("is_holiday"),
        pl.when(holds).then("name").otherwise(pl.lit(_NONE)).alias("holiday"),
        _distance(holds, pl.col("next") - pl.col("end")).alias("days_to_holiday"),
        _distance(holds, pl.col("begin") - pl.col("last")).alias("days_since_holiday"),
        (pl.col("worked") - pl.col("before")).cast(pl.Float64).alias("working_days"),
    )
    return frame.hstack(found)


def _known(country: str, subdivision: str | None) -> Any:
    """The library's holidays by day."""
    try:
        import holidays
    except ImportError:
        raise NotReady("a calendar needs the package holidays: pip install 'warmstart[calendar]'") from None
    try:
        return holidays.country_holidays(country, subdiv=subdivision, language="en_US")
    except NotImplementedError:
        countries = holidays.list_supported_countries()
    if country in countries:
        raise NotFound(f"subdivision of {country}", str(subdivision), countries[country])
    raise NotFound("country with known holidays", country, countries)


def _begins(frame: pl.DataFrame, column: str) -> pl.Series:
    """The day of each row."""
    if column not in frame.columns:
        raise DataError("missing", column=column, expected="a column of dates", got=", ".join(frame.columns))
    twice = next((c.name for c in CALENDAR if c.name in frame.columns), None)
    if twice is not None:
        raise DataError("is in the table and of the calendar", column=twice, expected="a table without it", got="both")
    values = frame[column]
    if not len(values):
        raise DataError("the table has no rows", column=column, expected="a row or more", got=0)
    row = first_row(values.is_null())
    if row is not None:
        raise DataError("date is missing", column=column, row=row, expected="date", got="nothing")
    if values.dtype != pl.Date and not isinstance(values.dtype, pl.Datetime):
        raise DataError("is no date", column=column, row=0, expected="dates", got=repr(values[0]))
    return values.cast(pl.Date)


def _refuse_uncovered(begins: pl.Series, ends: pl.Series, known: Any) -> None:
    first, last = known.start_year, known.end_year
    row = first_row((begins.dt.year() < first) | (ends.dt.year() > last))
    if row is not None:
        got = f"{begins[row]} ({known.country})"
        raise DataError("no calendar", column=begins.name, row=row, expected=f"years {first} to {last}", got=got)


def _days(known: Any, begins: pl.Series, ends: pl.Series) -> pl.DataFrame:
    """One row per day: `name` of the next holiday, that day included, `next` and `last` one, days `worked` so far."""
    first, last = pl.lit(begins).min().dt.offset_by(f"-{_FAR}d"), pl.lit(ends).max().dt.offset_by(f"{_FAR}d")
    days = pl.select(day=pl.date_range(first, last))
    names = _names(known)
    told = [known.get_list(day) for day in days["day"]]
    named = [(name[0] if name[0] in names else _OTHER) if name else None for name in told]
    working = [known.is_working_day(day) for day in days["day"]]
    frame = days.with_columns(pl.Series("name", named, pl.String), pl.Series("working", working, pl.Int64))
    feast = pl.when(pl.col("name").is_not_null()).then("day")
    return frame.with_columns(
        pl.col("name").backward_fill(),
        next=feast.backward_fill(),
        last=feast.forward_fill(),
        worked=pl.col("working").cum_sum(),
    )


def _names(known: Any) -> set[str]:
    """The most frequent names of the country's holidays, ties in order of the text."""
    usual = type(known)(years=_USUAL, subdiv=known.subdiv, language=known.language)
    counts = Counter(usual.get_list(day)[0] for day in usual)
    return set(sorted(counts, key=lambda name: (-counts[name], name))[:_NAMES])


def _distance(holds: pl.Expr, days: pl.Expr) -> pl.Expr:
    """Days, 0 where the period holds a holiday, no more than are felt."""
    return pl.when(holds).then(0).otherwise(days.dt.total_days()).fill_null(_FAR).clip(0, _FAR).cast(pl.Float64)
