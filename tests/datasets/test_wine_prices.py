"""The wine prices' reader on one bottle of each shop, a hundred of its currency each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.wine_prices import SOURCE
from warmstart.tables.schema import Role

LN_100 = math.log(100.0)
SHOPS = {
    "wine_dot_com_prices": pl.DataFrame(
        {
            "Names": ["A"],
            "wine_type": ["Red Wine"],
            "Prices": [LN_100],
            "Capacity": [750.0],
            "ABV": [13.0],
            "Year": ["2017"],
            "Grapes": ["Gamay"],
            "Region": [" Oregon"],
        }
    ),
    "wine_pl": pl.DataFrame(
        {
            "name": ["B", "C"],
            "price": [2.0, 2.0],
            "region": ["Puglia", None],
            "vineyard": ["V", None],
            "vintage": ["NV", None],
            "volume": [500.0, 1.0],
            "ABV": [None, 1.0],
            "wine_type": ["red", None],
            "grapes": ["Primitivo", None],
        }
    ),
    "wine_vivino_price": pl.DataFrame(
        {
            "Name": ["D"],
            "Region": ["Lirac, France"],
            "Winery": ["W"],
            "Price": [LN_100],
            "Year": ["2015"],
            "Wine_Type": ["0"],
        }
    ),
}


def test_three_shops_on_one_scale(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """Decimal and natural logarithms become one; a wine of no region belongs to no task; what is no word is missing."""
    files = in_memory({f"carte_ai/data/{name}.parquet": parquet(shop) for name, shop in SHOPS.items()})
    frame = SOURCE.tables["table"](files).frame
    assert frame["log_price"].to_list() == pytest.approx([LN_100] * 3)
    assert frame.select("shop", "region", "wine_type", "year", "winery").rows() == [
        ("us", "Oregon", "red", 2017.0, None),
        ("pl", "Puglia", "red", None, "V"),
        ("eu", "Lirac, France", None, 2015.0, "W"),
    ]


def test_prices_in_their_currency(
    in_memory: Callable[[Mapping[str, bytes]], Files], parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    """Scenario `price` gets the hundred itself, its logarithm to be modelled, and no column that gives it away."""
    files = in_memory({f"carte_ai/data/{name}.parquet": parquet(shop) for name, shop in SHOPS.items()})
    table = SOURCE.tables["price"](files)
    assert table.frame["price"].to_list() == pytest.approx([100.0] * 3)
    assert [(c.name, c.log) for c in table.schema.having(Role.TARGET)] == [("price", True)]
    assert "log_price" not in table.frame.columns
