"""Ta-Feng's launches: what items first sold in these months came to, in two weeks or at each of several horizons."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets._ta_feng_rows import CUTOFF, NAME, items_of, purchases, span
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table

__all__ = ["CURVE_NAME", "launch", "launch_curve"]

CURVE_NAME = f"{NAME}-launch-curve"

_OPENED = 21  # days: an item first seen in them may have been sold before
_LAUNCH = 14  # days of sales that make a launch
_SEEN = (0, 1, 3, 7)  # days after which it is asked how a launch will go
_HORIZONS = (1, 3, 7, _LAUNCH)  # days, the first one included, whose sales make a point of the curve

_TARGET = Column("units", Role.TARGET, Kind.NUMBER, log=True)
_FEATURES = (
    *columns(Role.FEATURE, Kind.NUMBER, "log_sold", "log_buyers", "days_sold"),
    *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "maker", "weekday"),
)
_LAUNCHES = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "category"),
        *columns(Role.TASK, Kind.NUMBER, "days_seen"),
        *columns(Role.TIME, Kind.DATE, "launched"),
        _TARGET,
        *_FEATURES,
    ),
    group=("category",),
)
_POINTS = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "category"),
        *columns(Role.TASK, Kind.NUMBER, "days_seen", "horizon_days"),
        *columns(Role.TIME, Kind.DATE, "launched"),
        _TARGET,
        *_FEATURES,
        *columns(Role.FEATURE, Kind.NUMBER, "log_horizon"),
        *columns(Role.IGNORE, Kind.CATEGORY, "item"),
    ),
    group=("category",),
)


def launch(files: Files) -> Table:
    """One row per item first sold in these months and number of days seen: units sold in its first two weeks.

    Launches whose two weeks the cut-off divides, and those that the data do not show to the end, are left out.
    """
    frame = _launches(purchases(files), (_LAUNCH,))
    return Table(NAME, frame.drop("item", "horizon_days"), _LAUNCHES, cutoff=CUTOFF)


def launch_curve(files: Files) -> Table:
    """One row per launch, number of days seen and later horizon: units sold from the first day to the horizon.

    The launches are those of `launch`. The horizon is part of the task, so that K support rows are K launches and no
    support holds a row of an item that its query asks at another horizon; a category's tasks are split together.
    """
    frame = _launches(purchases(files), _HORIZONS)
    log_horizon = pl.col("horizon_days").cast(pl.Float64).log()
    return Table(CURVE_NAME, frame.with_columns(log_horizon=log_horizon), _POINTS, cutoff=CUTOFF)


def _launches(rows: pl.DataFrame, horizons: tuple[int, ...]) -> pl.DataFrame:
    """One row per launch, number of days seen and horizon beyond them, in the order of time."""
    early = _first_weeks(rows)
    asked = [(days, horizon) for days in _SEEN for horizon in horizons if horizon > days]
    frame = pl.concat(_asked(early, days, horizon) for days, horizon in asked)
    frame = frame.join(items_of(rows), on="item", maintain_order="left")
    frame = frame.with_columns(weekday=pl.col("launched").dt.to_string("%a"))
    return frame.sort("launched", "item", "days_seen", "horizon_days")


def _first_weeks(rows: pl.DataFrame) -> pl.DataFrame:
    """The sales of each launch in its two weeks, with its first day ("launched") and the days since then ("age")."""
    launched = pl.col("date").min().over("item")
    first = rows.with_columns(launched=launched, age=(pl.col("date") - launched).dt.total_days())
    start, end = span(rows)
    opened, closed = start + dt.timedelta(_OPENED), end - dt.timedelta(_LAUNCH - 1)
    divided = pl.col("launched").is_between(CUTOFF - dt.timedelta(_LAUNCH), CUTOFF, closed="none")
    return first.filter(pl.col("age") < _LAUNCH, pl.col("launched").is_between(opened, closed), ~divided)


def _asked(early: pl.DataFrame, days: int, horizon: int) -> pl.DataFrame:
    """One row per launch: what the first `days` days show, and the units sold in the first `horizon` days."""
    units = early.filter(pl.col("age") < horizon).group_by("item")
    seen = early.filter(pl.col("age") < days).group_by("item")
    shown = seen.agg(
        pl.col("AMOUNT").sum().log1p().alias("log_sold"),
        pl.col("customer").n_unique().log1p().alias("log_buyers"),
        pl.col("date").n_unique().cast(pl.Float64).alias("days_sold"),
    )
    joined = units.agg(pl.col("launched").first(), pl.col("AMOUNT").sum().alias("units")).join(
        shown, on="item", how="left", maintain_order="left"
    )
    numbers = pl.col("log_sold", "log_buyers", "days_sold").fill_null(0.0)
    return joined.with_columns(numbers, days_seen=pl.lit(days), horizon_days=pl.lit(horizon))
