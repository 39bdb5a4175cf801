"""Walmart: weekly sales of 45 stores."""

from __future__ import annotations

import polars as pl

from warmstart.datasets._season import season
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_HORIZON = 8  # weeks
_YEAR = 52  # weeks
_REPORTED = ("Fuel_Price", "CPI", "Unemployment")
_HOLIDAYS = {2: "Super Bowl", 9: "Labor Day", 11: "Thanksgiving", 12: "Christmas"}  # by the month of a flagged week
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "Store"),
        *columns(Role.TIME, Kind.DATE, "Date"),
        Column("Weekly_Sales", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.FEATURE, Kind.CATEGORY, "holiday"),
        *columns(Role.FEATURE, Kind.NUMBER, "week_of_year", "year_sine", "year_cosine"),
        *columns(Role.FEATURE, Kind.NUMBER, *_REPORTED, "Temperature"),
    )
)


def _demand(files: Files) -> Table:
    """Sales of a store in a week, from what is known eight weeks before, the horizon.

    Fuel price, consumer prices and unemployment of the store's region are those of eight weeks before, the temperature
    is that of a year before: missing in the first weeks. Nothing else is known of a store.
    """
    rows = pl.read_csv(files.read("sales.csv.gz"), infer_schema_length=None)
    rows = rows.with_columns(pl.col("Date").str.to_date("%d-%m-%y")).sort("Store", "Date")
    flagged = pl.when(pl.col("Holiday_Flag") == 1).then(pl.col("Date").dt.month())
    frame = rows.select(
        pl.col("Store").cast(pl.String),
        "Date",
        "Weekly_Sales",
        flagged.replace_strict(_HOLIDAYS, default=None, return_dtype=pl.String).fill_null("none").alias("holiday"),
        *season(pl.col("Date")),
        pl.col(*_REPORTED).shift(_HORIZON).over("Store"),
        pl.col("Temperature").shift(_YEAR).over("Store"),
    )
    return Table(SOURCE.name, frame, _SCHEMA, horizon=_HORIZON)


SOURCE = Source(
    name="walmart-weekly-store-sales",
    summary="6,435 weeks of sales of 45 stores, February 2010 to October 2012, with holidays, weather and prices",
    licence="not stated",
    origin="Walmart store sales forecasting, a competition on Kaggle, 2014: totals by store",
    task_keys=("Store",),
    rows=6_435,
    tables={"demand": _demand},
    folder="walmart_weekly_store_sales",
)
