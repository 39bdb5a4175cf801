"""`season`: where in the year a day lies, as numbers that a table can carry before the day comes."""

from __future__ import annotations

from math import tau

import polars as pl

__all__ = ["season"]

_YEAR_DAYS = 365.25


def season(day: pl.Expr) -> tuple[pl.Expr, ...]:
    """Week of the year (ISO), and the sine and cosine of the year's course, which has no jump at its end."""
    turn = day.dt.ordinal_day().cast(pl.Float64) * (tau / _YEAR_DAYS)
    return (
        day.dt.week().cast(pl.Float64).alias("week_of_year"),
        turn.sin().alias("year_sine"),
        turn.cos().alias("year_cosine"),
    )
