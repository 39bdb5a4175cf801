"""The listings' reader on a few products: what counts, of which kind it is, and what good ratings bring along."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.wish_summer_products import SOURCE

AFTERWARDS = ("units_sold", "rating_count", "rating_one_count", "badge_product_quality", "merchant_rating")
CONSTANT = (
    "price",
    "retail_price",
    "shipping_option_price",
    "shipping_is_express",
    "uses_ad_boosts",
    "countries_shipped_to",
    "product_variation_inventory",
    "merchant_has_profile_picture",
)


def listings(titles: list[str], **columns: list[object]) -> bytes:
    """The CSV: 50 ratings of 4 stars and a white colour unless something else is said."""
    rows = len(titles)
    frame = pl.DataFrame(
        {
            "title_orig": titles,
            "rating": [4.0] * rows,
            "product_color": ["white"] * rows,
            **{name: [1.0] * rows for name in (*CONSTANT, *AFTERWARDS)},
            "rating_count": [50] * rows,
            **{name: ["x"] * rows for name in ("origin_country", "product_variation_size_id", "tags")},
            **columns,
        }
    )
    return gzip.compress(frame.write_csv().encode())


@pytest.mark.parametrize(
    ("title", "kind"),
    [("Tank TOP", "top"), ("Bikini with a skirt", "swimwear"), ("Summer dress", "dress"), ("A thing", "other")],
)
def test_the_title_tells_the_kind(title: str, kind: str, in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The first kind whose word is in it."""
    frame = SOURCE.tables["quality"](in_memory({"products.csv.gz": listings([title])})).frame
    assert frame["kind"].to_list() == [kind]


def test_few_ratings_and_repeated_titles_do_not_count(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Low is below 3.5; 19 ratings are too few; a title counts once; colours are made plain."""
    content = listings(
        ["dress a", "dress b", "dress c", "dress c", "dress d"],
        rating=[3.49, 3.5, 1.0, 5.0, 1.0],
        rating_count=[20, 20, 20, 20, 19],
        product_color=["White & green", None, "RED", "red", "red"],
    )
    table = SOURCE.tables["quality"](in_memory({"products.csv.gz": content}))
    assert table.frame.select("colour", "rated").rows() == [("white", "low"), ("not told", "fair"), ("red", "low")]
    assert table.schema.task == ("kind", "colour")


def test_what_comes_with_ratings_is_no_column(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Counts, badges, units sold and the merchant's rating."""
    frame = SOURCE.tables["quality"](in_memory({"products.csv.gz": listings(["dress"])})).frame
    assert {*AFTERWARDS, "rating"}.isdisjoint(frame.columns)
