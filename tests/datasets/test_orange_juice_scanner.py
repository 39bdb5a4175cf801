"""The orange juice's reader on two brands in one store."""

from __future__ import annotations

import datetime as dt
import gzip
import math
from collections.abc import Callable, Mapping

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.orange_juice_scanner import SOURCE

PRICES = ",".join(str(0.01 * brand) for brand in range(1, 12))
NAMES = ",".join(f"price{brand}" for brand in range(1, 12))
SALES = (
    f"store,brand,week,logmove,constant,{NAMES},deal,feat,profit\n"
    f"2,1,1,9.0,1,{PRICES},1,0.0,37.9\n2,11,53,8.0,1,{PRICES},0,1.0,30.1\n"
)
STORES = (
    "STORE,AGE60,EDUC,ETHNIC,INCOME,HHLARGE,WORKWOM,HVAL150,SSTRDIST,SSTRVOL,CPDIST5,CPWVOL5\n"
    "2,0.2,0.3,0.1,10.5,0.1,0.3,0.4,2.1,1.1,1.9,0.3\n"
)


def test_weeks(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Each row has its own brand's price, its store's people and a date; what only the past week shows is left out."""
    files = {"orange_juice.csv.gz": SALES, "orange_juice_stores.csv.gz": STORES}
    table = SOURCE.tables["table"](in_memory({name: gzip.compress(text.encode()) for name, text in files.items()}))
    assert table.schema.group == ("store",)
    assert table.frame.select("store", "brand", "juice", "logmove", "income").rows() == [
        ("2", "1", "1", 9.0, 10.5),
        ("2", "11", "11", 8.0, 10.5),
    ]
    assert table.frame["log_own_price"].to_list() == pytest.approx([math.log(0.01), math.log(0.11)])
    assert table.frame["week_start"].to_list() == [dt.date(1989, 9, 14), dt.date(1990, 9, 13)]
    assert {"profit", "constant"}.isdisjoint(table.frame.columns)


def test_demand_is_in_units(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The same rows, forty weeks ahead; the target is e^9 units, whose logarithm is modelled."""
    files = {"orange_juice.csv.gz": SALES, "orange_juice_stores.csv.gz": STORES}
    table = SOURCE.tables["demand"](in_memory({name: gzip.compress(text.encode()) for name, text in files.items()}))
    assert table.horizon == 40
    assert table.frame["units"].to_list() == pytest.approx([math.exp(9), math.exp(8)])
    assert [c.log for c in table.schema.columns if c.name == table.schema.target] == [True]
    assert "logmove" not in table.frame.columns


def test_rivals_are_the_other_brands(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Brand 1 is the cheapest; its own cheapest rival is brand 2, and the mean of its rivals that of the other ten."""
    files = {"orange_juice.csv.gz": SALES, "orange_juice_stores.csv.gz": STORES}
    table = SOURCE.tables["pricing"](in_memory({name: gzip.compress(text.encode()) for name, text in files.items()}))
    cents = table.frame.select((pl.col("log_own_price", "log_cheapest_rival", "log_mean_rival").exp() * 100).round(6))
    assert cents.rows() == [(1, 2, 6.5), (11, 1, 5.5)]
    assert table.frame["units"].log().to_list() == pytest.approx([9.0, 8.0])
    assert {"profit", "week_start", "logmove"}.isdisjoint(table.frame.columns)
