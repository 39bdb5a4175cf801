"""Chinese shop reviews of ten categories of goods, with their sentiment."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "category"),
        *columns(Role.TARGET, Kind.CATEGORY, "sentiment"),
        *columns(Role.FEATURE, Kind.TEXT, "review"),
    ),
    Target.CLASS,
)


def _review(files: Files) -> Table:
    """Whether a review is positive, from its words; a category is a task. One review without words is left out."""
    named = pl.when(pl.col("label") > 0).then(pl.lit("positive")).otherwise(pl.lit("negative"))
    rows = pl.read_csv(files.read("reviews.csv.gz"), infer_schema_length=None).drop_nulls("review")
    return Table(SOURCE.name, rows.select(category="cat", sentiment=named, review="review"), _SCHEMA)


SOURCE = Source(
    name="online-shopping-10-cats-zh",
    summary="62,774 reviews of Chinese online shops in ten categories, positive or negative",
    licence="none stated; research corpus",
    origin="ChineseNlpCorpus: online_shopping_10_cats",
    task_keys=("category",),
    rows=62_774,
    tables={"review": _review},
    folder="online_shopping_10_cats_zh",
)
