"""Read text as dates: ISO forms, month first, day first, and month names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from warmstart.tables._values import FEW

__all__ = ["order_is_unclear", "read_dates", "read_iso"]

SAMPLE = 500
SHAPE = r"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ]\pL{3,9}[- ]\d{2,4}|\pL{3,9} \d{1,2}, \d{4})([T ]|$)"
"""What any of the forms below begins with: a quick look before they are tried one by one."""
MONTHS = 12
FIRST_YEAR = 1000  # an earlier one is a year of two digits read as four
CLOCKS = ("", " %H:%M:%S%.f", "T%H:%M:%S%.f", " %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M", " %I:%M:%S %p", " %I:%M %p")
FIXED = ("%Y-%m-%d", "%Y/%m/%d")
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y")
DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d-%m-%y")
ZONED = tuple(f"%Y-%m-%d{clock}{zone}" for clock in CLOCKS[1:7] for zone in ("%#z", " %#z"))
ISO = (*(f"%Y-%m-%d{clock}" for clock in CLOCKS[:7]), *ZONED)
_WHOLE = re.compile(
    "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
"""The form that programs write, which Python reads too."""
NAMED = ("%d.%m.%Y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")


def read_dates(text: pl.Series, *, day_first: bool | None = None) -> pl.Series | None:
    """Text as dates or date-times when one form reads every value, else None.

    Where month first and day first both read all of it, the month is taken as first unless `day_first`.
    A zone is turned into UTC.
    """
    sample = text.drop_nulls().head(SAMPLE)
    if not len(sample) or not sample.str.contains(SHAPE).all():
        return None
    for form in _forms(day_first):
        if _parse(sample, form).null_count() == 0:
            read = _parse(text, form)
            if read.null_count() == text.null_count():
                return read
    return None


def read_iso(text: pl.Series) -> pl.Series:
    """Date-times from ISO text, each value by itself, time of day and zone if any; null where it is no date."""
    if len(text) <= FEW and (read := _read_whole(text.to_list())) is not None:
        return pl.Series(text.name, read, dtype=pl.Datetime("us"))
    out = pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, len(text))
    for form in ISO:
        left = out.is_null() & text.is_not_null()
        if not left.any():
            break
        out = out.zip_with(~left, _parse(text, form).cast(pl.Datetime("us")))
    return out


def _read_whole(text: Sequence[str | None]) -> list[datetime | None] | None:
    """Each value where all are whole, which is sooner done than trying forms; else None."""
    if not all(value is None or _WHOLE.fullmatch(value) for value in text):
        return None
    try:
        read = [None if value is None else datetime.fromisoformat(value) for value in text]
        return [each and (each.astimezone(UTC) if each.tzinfo else each).replace(tzinfo=None) for each in read]
    except (ValueError, OverflowError):  # no date of the calendar: whoever tries the forms says which
        return None


def order_is_unclear(dates: pl.Series) -> bool:
    """Whether day and month could be swapped in every value and it would matter."""
    days = dates.drop_nulls().dt.day()
    return len(days) > 0 and bool((days <= MONTHS).all()) and bool((days != 1).any())


def _forms(day_first: bool | None) -> list[str]:
    numeric = {None: (*MONTH_FIRST, *DAY_FIRST), True: DAY_FIRST, False: MONTH_FIRST}[day_first]
    return [day + clock for day, clock in itertools.product((*FIXED, *numeric, *NAMED), CLOCKS)] + list(ZONED)


def _parse(text: pl.Series, form: str) -> pl.Series:
    """Dates, date-times or zoned times made UTC; null where the form does not fit."""
    if form.endswith("z"):
        zoned = text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        return _in_our_time(zoned.dt.replace_time_zone(None))
    if "H" in form or "I" in form:
        return _in_our_time(text.str.to_datetime(form, strict=False, time_unit="us"))
    return _in_our_time(text.str.to_date(form, strict=False))


def _in_our_time(read: pl.Series) -> pl.Series:
    return read.set((read.dt.year() < FIRST_YEAR).fill_null(False), None)
