"""CDNOW's customers at four dates, each with what was known of them then and whether they bought again."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["LAST_DATE", "WINDOW_DAYS", "cohorts"]

WINDOW_DAYS = 91
"""How long a customer is waited for: thirteen weeks, as long as the data go on after the last date."""
LAST_DATE = dt.date(1998, 4, 1)
_DATES = 4
_MANY = 3  # discs of a first order that count as many
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "first_day", "first_order"),
        *columns(Role.TIME, Kind.DATE, "asked"),
        *columns(Role.TARGET, Kind.CATEGORY, "left"),
        *columns(Role.DESCRIPTOR, Kind.DATE, "joined"),
        *columns(Role.FEATURE, Kind.NUMBER, "frequency", "recency_days", "age_days", "days_since_last"),
        *columns(Role.FEATURE, Kind.NUMBER, "mean_dollars", "discs"),
        *columns(Role.IGNORE, Kind.CATEGORY, "customer"),
    ),
    Target.CLASS,
    group=("first_day",),  # those who came on one day are new together, whatever they ordered
)


def cohorts(purchases: pl.DataFrame, name: str) -> Table:
    """Whether a customer buys nothing in the next 91 days (1) or something (0).

    A task is those who first bought on one day × how many discs they took. `frequency` counts the days of later
    purchases, `recency_days` lies between the first and the last purchase, `age_days` between the first and the date
    asked: x, t_x and T of Fader, Hardie and Lee (2005). Windows do not overlap, so that before each date all earlier
    answers are known.
    """
    dates = [LAST_DATE - dt.timedelta(days=WINDOW_DAYS * back) for back in reversed(range(_DATES))]
    # By the last digits of the number, which rises with the day: the latest rows of a date are no special customers.
    rows = pl.concat([_known_at(purchases, date) for date in dates]).sort("asked", pl.col("customer").str.reverse())
    return Table(name, rows, _SCHEMA, cutoff=LAST_DATE)


def _known_at(purchases: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """One row per customer who came before the date."""
    after = purchases.filter(pl.col("date").is_between(date, date + dt.timedelta(days=WINDOW_DAYS), closed="left"))
    before = purchases.filter(pl.col("date") < date).sort("customer", "date", maintain_order=True)
    first, last = pl.col("date").min(), pl.col("date").max()
    known = before.group_by("customer", maintain_order=True).agg(
        first.cast(pl.String).alias("first_day"),
        first.alias("joined"),
        pl.col("discs").filter(pl.col("date") == first).sum().alias("taken"),
        (pl.col("date").n_unique() - 1).cast(pl.Float64).alias("frequency"),
        (last - first).dt.total_days().cast(pl.Float64).alias("recency_days"),
        (pl.lit(date) - first).dt.total_days().cast(pl.Float64).alias("age_days"),
        (pl.lit(date) - last).dt.total_days().cast(pl.Float64).alias("days_since_last"),
        pl.col("dollars").mean().alias("mean_dollars"),
        pl.col("discs").sum().cast(pl.Float64),
    )
    taken = pl.when(pl.col("taken") >= _MANY).then(pl.lit("many")).otherwise(pl.col("taken").cast(pl.String))
    stays = pl.col("customer").is_in(after["customer"].unique().implode())
    return known.with_columns(
        taken.alias("first_order"),
        pl.lit(date).alias("asked"),
        pl.when(stays).then(pl.lit("0")).otherwise(pl.lit("1")).alias("left"),
    ).drop("taken")
