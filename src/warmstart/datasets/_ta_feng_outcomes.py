"""Ta-Feng's tables with an outcome: how launches sell, and whether customers return."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets._ta_feng_rows import CUTOFF, NAME, items_of, purchases, span
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["behaviour", "launch"]

_OPENED = 21  # days: an item first seen in them may have been sold before
_LAUNCH = 14  # days of sales that make a launch
_SEEN = (0, 1, 3, 7)  # days after which it is asked how a launch will go
_RETURN = 14  # days within which a customer returns or does not

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
_BEHAVIOUR = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.TARGET, Kind.CATEGORY, "returns"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_gap", "log_mean_gap", "log_visits"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_items", "log_spent", "log_categories"),
        *columns(Role.FEATURE, Kind.CATEGORY, "weekday", "dearest"),
    ),
    Target.CLASS,
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


def behaviour(files: Files) -> Table:
    """One row per visit: whether the customer returns within two weeks, from what the visit and those before it show.

    Visits of the last two weeks before the cut-off and before the end are left out, whatever followed: to keep those
    of whom the return is seen would make everybody return.
    """
    rows = purchases(files).with_columns(category=pl.col("subclass").str.head(4))
    dearest = pl.col("category").sort_by("SALES_PRICE", "category").last()
    visits = rows.group_by("customer", "date").agg(
        pl.col("age_group", "area").first(),
        pl.len().log1p().alias("log_items"),
        pl.col("SALES_PRICE").sum().log1p().alias("log_spent"),
        pl.col("category").n_unique().log1p().alias("log_categories"),
        dearest.alias("dearest"),
    )
    visits = visits.sort("customer", "date").with_columns(
        next=pl.col("date").shift(-1).over("customer"), number=pl.int_range(pl.len()).over("customer")
    )
    gap = pl.col("date").diff().dt.total_days().over("customer").fill_null(0)
    mean_gap = (pl.col("date") - pl.col("date").first().over("customer")).dt.total_days() / pl.col("number").clip(1)
    soon = (pl.col("next") - pl.col("date")).dt.total_days() <= _RETURN
    until = pl.when(pl.col("date") < CUTOFF).then(pl.lit(CUTOFF)).otherwise(span(rows)[1] + dt.timedelta(1))
    known = pl.col("date") + pl.duration(days=_RETURN) < until  # one who has returned earlier is left out as well
    frame = visits.with_columns(
        log_gap=gap.log1p(),
        log_mean_gap=mean_gap.log1p(),
        log_visits=pl.col("number").log1p(),
        weekday=pl.col("date").dt.to_string("%a"),
        returns=pl.when(soon).then(pl.lit("yes")).otherwise(pl.lit("no")),
    ).filter(known)
    return Table(NAME, frame.drop("next", "number"), _BEHAVIOUR, cutoff=CUTOFF)
