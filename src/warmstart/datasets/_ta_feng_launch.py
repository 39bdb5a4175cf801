"""Ta-Feng's table of launches: what the first two weeks of a new item come to."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets._ta_feng_rows import CUTOFF, NAME, items_of, purchases, span
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table

__all__ = ["launch"]

_OPENED = 21  # days: an item first seen in them may have been sold before
_LAUNCH = 14  # days of sales that make a launch
_SEEN = (0, 1, 3, 7)  # days after which it is asked how a launch will go

_LAUNCHES = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "category"),
        *columns(Role.TASK, Kind.NUMBER, "days_seen"),
        *columns(Role.TIME, Kind.DATE, "launched"),
        Column("units", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.FEATURE, Kind.NUMBER, "log_sold", "log_buyers", "days_sold"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "maker", "weekday"),
    ),
    group=("category",),
)


def launch(files: Files) -> Table:
    """One row per item first sold in these months and number of days seen: units sold in its first two weeks.

    Launches whose two weeks the cut-off divides, and those that the data do not show to the end, are left out.
    """
    rows = purchases(files)
    first = rows.with_columns(launched=pl.col("date").min().over("item"))
    age = (pl.col("date") - pl.col("launched")).dt.total_days()
    early = first.with_columns(age=age).filter(age < _LAUNCH)
    units = early.group_by("item").agg(pl.col("launched").first(), pl.col("AMOUNT").sum().alias("units"))
    start, end = span(rows)
    opened, closed = start + dt.timedelta(_OPENED), end - dt.timedelta(_LAUNCH - 1)
    divided = pl.col("launched").is_between(CUTOFF - dt.timedelta(_LAUNCH), CUTOFF, closed="none")
    kept = units.filter(pl.col("launched").is_between(opened, closed) & ~divided)
    frames = []
    for days in _SEEN:
        sold = early.filter(pl.col("age") < days).group_by("item")
        seen = sold.agg(
            pl.col("AMOUNT").sum().log1p().alias("log_sold"),
            pl.col("customer").n_unique().log1p().alias("log_buyers"),
            pl.col("date").n_unique().cast(pl.Float64).alias("days_sold"),
        )
        joined = kept.join(seen, on="item", how="left", maintain_order="left")
        numbers = pl.col("log_sold", "log_buyers", "days_sold").fill_null(0.0)
        frames.append(joined.with_columns(numbers, days_seen=pl.lit(days)))
    frame = pl.concat(frames).join(items_of(rows), on="item", maintain_order="left")
    frame = frame.with_columns(weekday=pl.col("launched").dt.to_string("%a")).sort("launched", "item", "days_seen")
    return Table(NAME, frame.drop("item"), _LAUNCHES, cutoff=CUTOFF)
