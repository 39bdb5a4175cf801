"""Complete Journey's demand: pieces of a category that the households buy in a store in a week."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.tables.regular_series import regular_series
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["demand"]

_HORIZON = 8  # weeks
_HALF = 27  # the last week of the first half: what is forecast lies after it
_STEADY = 20  # weeks of the first half with a sale
_WEEK_ZERO = dt.date(2016, 12, 19)  # week 2 begins on Monday, 2 January 2017
_NO_PIECES = "COUPON/MISC ITEMS"  # fuel among them: its quantities are no pieces
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "store", "category"),
        *columns(Role.TIME, Kind.DATE, "week_start"),
        *columns(Role.TARGET, Kind.NUMBER, "units"),
        *columns(Role.FEATURE, Kind.NUMBER, "displayed", "mailed"),
    ),
    Target.COUNT,
    group=("store",),  # a new store is new with all its categories
)
_KEYS = ("store", "category", "week_start")


def demand(name: str, lines: pl.DataFrame, products: pl.DataFrame, promotions: pl.DataFrame) -> Table:
    """One row per store, category and week; a week without a sale is 0.

    Only categories that a store sold in 20 or more of the first 26 weeks, which no forecast asks for; week 1, which is
    a day long, is left out. How many of a category's products are on display or in the mailer is planned, so it is
    known of the coming weeks. Left out: the price, which is known only of what was sold, and the week of the year: of
    one year it is no season but a trend, and weeks to come have none that was seen.
    """
    kind = products.select("product_id", pl.col("product_category").alias("category")).filter(
        pl.col("category") != _NO_PIECES
    )
    sold = _keyed(lines.filter(pl.col("week") > 1).join(kind, on="product_id"))
    half = sold.filter(pl.col("week") <= _HALF).group_by("store", "category").agg(pl.col("week").n_unique())
    steady = sold.join(half.filter(pl.col("week") >= _STEADY), on=["store", "category"], how="semi")
    series = regular_series(
        steady, series=("store", "category"), time="week_start", every="1w", value="quantity", fill=0
    )
    planned = _planned(promotions, kind)
    frame = series.join(planned, on=list(_KEYS), how="left", maintain_order="left")
    return Table(
        name,
        frame.select(
            *_KEYS,
            pl.col("quantity").alias("units"),
            pl.col("displayed", "mailed").fill_null(0.0),
        ),
        _SCHEMA,
        horizon=_HORIZON,
    )


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a store in a week, with the store as text and the Monday of the week."""
    monday = pl.lit(_WEEK_ZERO) + pl.duration(days=7 * pl.col("week"))
    return rows.with_columns(pl.col("store_id").cast(pl.String).alias("store"), monday.alias("week_start"))


def _planned(promotions: pl.DataFrame, kind: pl.DataFrame) -> pl.DataFrame:
    """Of each store, category and week the logarithm of one plus the products on display, and of those in the mailer.

    Twenty million rows are summed as a stream.
    """
    promoted = promotions.lazy().select(
        "product_id",
        "store_id",
        "week",
        displayed=pl.col("display_location") != "0",
        mailed=pl.col("mailer_location") != "0",
    )
    found = promoted.join(kind.lazy(), on="product_id").group_by("store_id", "category", "week")
    counted = found.agg(pl.col("displayed", "mailed").sum().cast(pl.Float64).log1p()).collect(engine="streaming")
    return _keyed(counted).select(*_KEYS, "displayed", "mailed")
