"""Retail prices: what a shop asked for 52 products month by month, beside the prices of three competitors."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_PRODUCT = ("name_length", "description_length", "photos", "weight_g", "volume_cm3")
_RIVALS = ("rival_1", "rival_2", "rival_3")
_SAME = 0.005  # half a cent
_CALENDAR = ("month", "weekdays", "weekend_days", "holidays")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "product"),
        *columns(Role.TIME, Kind.DATE, "first_day"),
        Column("price", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "category"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, *_PRODUCT),
        *columns(Role.FEATURE, Kind.NUMBER, *_CALENDAR, *_RIVALS),
    ),
    Target.NUMBER,
    group=("category",),  # competitors of a product are other products of its category
)

_PRICING = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "product"),
        *columns(Role.TIME, Kind.DATE, "first_day"),
        Column("units", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "category"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, *_PRODUCT),
        *columns(Role.FEATURE, Kind.NUMBER, "log_price", "log_cheapest_rival", "weekdays", "weekend_days", "holidays"),
    ),
    Target.NUMBER,
    group=("category",),
)


def _pricing(files: Files) -> Table:
    """Units of a product that are sold in a month, whose logarithm is modelled, at its price and its rivals' then.

    Left out: turnover, customers and `s`, which count the same sales; scores, which gather over the whole time. Of the
    rivals' prices the lowest is told; one that is the product's own is the product itself, and missing.
    """
    raw = pl.read_csv(files.read("monthly.csv.gz"), infer_schema_length=None)
    rivals = pl.col("comp_1", "comp_2", "comp_3")
    others = raw.select(pl.when((rivals - pl.col("unit_price")).abs() >= _SAME).then(rivals))
    frame = raw.with_columns(others).select(
        pl.col("product_id").alias("product"),
        pl.col("product_category_name").alias("category"),
        pl.col("month_year").str.to_date("%Y-%m-%d").alias("first_day"),
        pl.col("qty").cast(pl.Float64).alias("units"),
        pl.col("unit_price").log().alias("log_price"),
        pl.min_horizontal("comp_1", "comp_2", "comp_3").log().alias("log_cheapest_rival"),
        *_numbers(product_name_lenght="name_length", product_description_lenght="description_length"),
        *_numbers(product_photos_qty="photos", product_weight_g="weight_g", volume="volume_cm3"),
        *_numbers(weekday="weekdays", weekend="weekend_days", holiday="holidays"),
    )
    return Table(SOURCE.name, frame.sort("product", "first_day"), _PRICING, shots=(0, 1, 2, 5, 8))


def _table(files: Files) -> Table:
    """Mean price of a product in a month, by the calendar and what rivals asked in the month before that it sold.

    Left out: units, turnover, customers and `s`, known when the month is over; freight, a mean over its orders; scores,
    which gather over the whole time; and `lag_price`, which where no month precedes is this month's price less 0.05:
    earlier prices are in the support instead. A rival whose price is the product's own (two in five are, most of them
    with its very freight) is the product itself, and missing.
    """
    raw = pl.read_csv(files.read("monthly.csv.gz"), infer_schema_length=None)
    frame = raw.select(
        pl.col("product_id").alias("product"),
        pl.col("product_category_name").alias("category"),
        pl.col("month_year").str.to_date("%Y-%m-%d").alias("first_day"),
        pl.col("unit_price").cast(pl.Float64).alias("price"),
        *_numbers(product_name_lenght="name_length", product_description_lenght="description_length"),
        *_numbers(product_photos_qty="photos", product_weight_g="weight_g", volume="volume_cm3"),
        *_numbers(month="month", weekday="weekdays", weekend="weekend_days", holiday="holidays"),
        *_numbers(comp_1="rival_1", comp_2="rival_2", comp_3="rival_3"),
    ).sort("product", "first_day")
    own = (pl.col(*_RIVALS) - pl.col("price")).abs() < _SAME
    seen = pl.when(~own).then(pl.col(*_RIVALS)).shift(1).over("product")
    return Table(SOURCE.name, frame.with_columns(seen), _SCHEMA, shots=(0, 1, 2, 5, 8))


def _numbers(**names: str) -> list[pl.Expr]:
    return [pl.col(old).cast(pl.Float64).alias(new) for old, new in names.items()]


SOURCE = Source(
    name="retail-price-competitors",
    summary="676 monthly prices of 52 products in nine categories of a marketplace, with prices of three rivals",
    licence="not stated; made of Olist's data, which are CC BY-NC-SA 4.0",
    origin="Retail price optimisation, on Kaggle, from the Brazilian marketplace Olist",
    task_keys=("product_id", "product_category_name"),
    rows=676,
    tables={"price": _table, "pricing": _pricing},
    folder="retail_price_competitors",
)
