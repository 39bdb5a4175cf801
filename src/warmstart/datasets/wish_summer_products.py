"""Wish: summer clothes of a marketplace in August 2020, and which of them were rated badly."""

from __future__ import annotations

from functools import reduce

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_LOW_STARS, _FEWEST_RATINGS = 3.5, 20
_KINDS = (
    ("swimwear", "bikini|swim"),
    ("jumpsuit", "jumpsuit|romper|overall"),
    ("dress", "dress"),
    ("skirt", "skirt"),
    ("shorts", "shorts|short pants"),
    ("trousers", "pants|leggings|trousers|jeans"),
    ("shoes", "sandal|shoe|slipper"),
    ("top", "top|shirt|tank|blouse|vest|camis"),
)
_NUMBERS = (
    "price",
    "retail_price",
    "shipping_option_price",
    "shipping_is_express",
    "uses_ad_boosts",
    "countries_shipped_to",
    "product_variation_inventory",
    "merchant_has_profile_picture",
)
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "kind", "colour"),
        *columns(Role.TARGET, Kind.CATEGORY, "rated"),
        *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS),
        *columns(Role.FEATURE, Kind.CATEGORY, "origin_country", "size"),
        *columns(Role.FEATURE, Kind.TEXT, "title_orig"),
        *columns(Role.FEATURE, Kind.SET, "tags"),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether a product is rated below 3.5 stars on average; a kind of garment in one colour is a task.

    A title counts once, so that no garment is in two tasks in two colours, and with 20 ratings or more: the mean of a
    few stars is no quality. The kind is the first of eight whose words are in the title. Left out: counts of ratings
    and of units sold, which come with the rating or after it; badges, which good ratings earn; ratings of the merchant,
    who most often sells nothing else.
    """
    raw = pl.read_csv(files.read("products.csv.gz"), infer_schema_length=None)
    raw = raw.filter(pl.col("rating_count") >= _FEWEST_RATINGS)
    raw = raw.unique("title_orig", keep="first", maintain_order=True)
    low = pl.when(pl.col("rating") < _LOW_STARS).then(pl.lit("low")).otherwise(pl.lit("fair"))
    colour = pl.col("product_color").str.to_lowercase().str.split("&").list.first().str.strip_chars()
    frame = raw.select(
        _kind().alias("kind"),
        colour.fill_null("not told").alias("colour"),
        low.alias("rated"),
        pl.col(*_NUMBERS).cast(pl.Float64),
        "origin_country",
        pl.col("product_variation_size_id").alias("size"),
        "title_orig",
        "tags",
    )
    return Table(SOURCE.name, frame, _SCHEMA, shots=(0, 1, 2, 5))


def _kind() -> pl.Expr:
    title = pl.col("title_orig").str.to_lowercase()

    def before(later: pl.Expr, kind: tuple[str, str]) -> pl.Expr:
        return pl.when(title.str.contains(kind[1])).then(pl.lit(kind[0])).otherwise(later)

    return reduce(before, reversed(_KINDS), pl.lit("other"))


SOURCE = Source(
    name="wish-summer-products",
    summary="1,573 listings of summer clothes on a marketplace, with price, tags and ratings; 22 % are below 3.5",
    licence="not stated",
    origin="Sales of summer clothes in e-commerce Wish, on Kaggle",
    task_keys=("merchant_id", "product_color", "origin_country"),
    rows=1_573,
    tables={"quality": _table},
    folder="wish_summer_products",
)
