"""CDNOW's customers at four dates, each with what was known of them then, and whether and when they bought again."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.tables.person_periods import person_periods
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["EDGES_DAYS", "LAST_DATE", "NEXT_PURCHASE", "WINDOW_DAYS", "cohorts", "next_purchases"]

NEXT_PURCHASE = "cdnow-next-purchase"

WINDOW_DAYS = 91
"""How long a customer is waited for: thirteen weeks, as long as the data go on after the last date."""
EDGES_DAYS = (14, 28, 56, WINDOW_DAYS)
"""Ends of the intervals in which the next purchase may come: 2, 4, 8 and 13 weeks."""
LAST_DATE = dt.date(1998, 4, 1)
_DATES = 4
_MANY = 3  # discs of a first order that count as many
_KNOWN = (
    *columns(Role.TASK, Kind.CATEGORY, "first_day", "first_order"),
    *columns(Role.TIME, Kind.DATE, "asked"),
    *columns(Role.DESCRIPTOR, Kind.DATE, "joined"),
    *columns(Role.FEATURE, Kind.NUMBER, "frequency", "recency_days", "age_days", "days_since_last"),
    *columns(Role.FEATURE, Kind.NUMBER, "mean_dollars", "discs"),
    *columns(Role.IGNORE, Kind.CATEGORY, "customer"),
)
_GROUP = ("first_day",)
"""Those who came on one day are new together, whatever they ordered."""
_SCHEMA = Schema((*_KNOWN, *columns(Role.TARGET, Kind.CATEGORY, "left")), Target.CLASS, group=_GROUP)
_HAZARDS = Schema(
    (
        *_KNOWN,
        *columns(Role.FEATURE, Kind.CATEGORY, "period"),
        *columns(Role.FEATURE, Kind.NUMBER, "starts", "ends"),
        *columns(Role.UNIT, Kind.NUMBER, "unit"),
        *columns(Role.KNOWN, Kind.DATE, "known"),
        *columns(Role.WEIGHT, Kind.NUMBER, "at_risk"),
        *columns(Role.TARGET, Kind.CATEGORY, "came"),
    ),
    Target.CLASS,
    group=_GROUP,
)


def cohorts(purchases: pl.DataFrame, name: str) -> Table:
    """Whether a customer buys nothing in the next 91 days (1) or something (0).

    A task is those who first bought on one day × how many discs they took. `frequency` counts the days of later
    purchases, `recency_days` lies between the first and the last purchase, `age_days` between the first and the date
    asked: x, t_x and T of Fader, Hardie and Lee (2005). Windows do not overlap, so that before each date all earlier
    answers are known.
    """
    stays = pl.col("bought") == 1
    left = pl.when(stays).then(pl.lit("0")).otherwise(pl.lit("1")).alias("left")
    return Table(name, _asked(purchases).with_columns(left).drop("days", "bought"), _SCHEMA, cutoff=LAST_DATE)


def next_purchases(purchases: pl.DataFrame, name: str) -> Table:
    """In which of four intervals a customer of `cohorts` buys next, one row for each; who buys in none is censored."""
    rows = person_periods(_asked(purchases), duration="days", event="bought", edges=EDGES_DAYS, start="asked")
    return Table(name, rows, _HAZARDS, cutoff=LAST_DATE)


def _asked(purchases: pl.DataFrame) -> pl.DataFrame:
    """One row per customer and date, oldest date first."""
    dates = [LAST_DATE - dt.timedelta(days=WINDOW_DAYS * back) for back in reversed(range(_DATES))]
    # By the last digits of the number, which rises with the day: the latest rows of a date are no special customers.
    return pl.concat([_known_at(purchases, date) for date in dates]).sort("asked", pl.col("customer").str.reverse())


def _known_at(purchases: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """One row per customer who came before the date; `days` until the next purchase, if that was `bought` in time."""
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
    days = (pl.col("date").min() - pl.lit(date)).dt.total_days().alias("days")
    known = known.join(after.group_by("customer").agg(days), on="customer", how="left", maintain_order="left")
    return known.with_columns(
        taken.alias("first_order"),
        pl.lit(date).alias("asked"),
        pl.col("days").is_not_null().cast(pl.Int64).alias("bought"),
        pl.col("days").fill_null(WINDOW_DAYS),
    ).drop("taken")
