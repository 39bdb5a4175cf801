"""The monthly prices' reader on two products: a rival that is the product itself, and what only the past tells."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Mapping

import polars as pl

from warmstart.datasets.files import Files
from warmstart.datasets.retail_price_competitors import SOURCE
from warmstart.tables.schema import Role

CONSTANT = (
    "product_name_lenght",
    "product_description_lenght",
    "product_photos_qty",
    "product_weight_g",
    "volume",
    "month",
    "weekday",
    "weekend",
    "holiday",
    "comp_2",
    "comp_3",
)
MONTHS = pl.DataFrame(
    {
        "product_id": ["a", "a", "a", "b"],
        "product_category_name": ["toys"] * 4,
        "month_year": ["2017-03-01", "2017-01-01", "2017-02-01", "2017-01-01"],
        "unit_price": [12.0, 10.0, 11.0, 5.0],
        "comp_1": [30.0, 20.0, 11.0, 20.0],
        "lag_price": [11.0, 9.95, 10.0, 4.95],
        "qty": [1, 2, 3, 4],
        "total_price": [12.0, 20.0, 33.0, 20.0],
        **dict.fromkeys(CONSTANT, [1.0] * 4),
    }
)


def test_a_rival_is_seen_the_month_before(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """In January nothing is known yet; in March the rival of February is missing: its price was the product's own."""
    table = SOURCE.tables["price"](in_memory({"monthly.csv.gz": gzip.compress(MONTHS.write_csv().encode())}))
    assert table.frame.select("product", "first_day", "price", "rival_1").rows() == [
        ("a", dt.date(2017, 1, 1), 10.0, None),
        ("a", dt.date(2017, 2, 1), 11.0, 20.0),
        ("a", dt.date(2017, 3, 1), 12.0, None),
        ("b", dt.date(2017, 1, 1), 5.0, None),
    ]
    assert table.schema.group == ("category",)


def test_what_gives_the_price_away_is_no_column(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Turnover over units is the price, and `lag_price` of a first month the price less five cents."""
    table = SOURCE.tables["price"](in_memory({"monthly.csv.gz": gzip.compress(MONTHS.write_csv().encode())}))
    assert {"lag_price", "total_price", "qty", "unit_price"}.isdisjoint(table.frame.columns)
    assert [(c.name, c.log) for c in table.schema.having(Role.TARGET)] == [("price", True)]


def test_units_at_the_price_and_the_rivals(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The cheapest rival of the month, but for the product itself; what counts the same sales is no column."""
    table = SOURCE.tables["pricing"](in_memory({"monthly.csv.gz": gzip.compress(MONTHS.write_csv().encode())}))
    assert table.frame["units"].to_list() == [2.0, 3.0, 1.0, 4.0]
    rival = table.frame["log_cheapest_rival"].exp().round(6).to_list()
    assert rival == [1.0, 1.0, 1.0, 1.0]
    assert {"customers", "total_price", "s"}.isdisjoint(table.frame.columns)
