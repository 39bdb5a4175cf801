"""CDNOW's readers on a few purchases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import polars as pl

from warmstart.datasets.cdnow import NEXT, SOURCE
from warmstart.datasets.files import Files

TEXT = (
    " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n"
    " 00002 19970112 10  112.00\r\n 00002 19970115  5   77.00\r\n"
)


def test_purchases(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """What is known before a purchase: how long ago the last one was and how many there were."""
    frame = SOURCE.tables["table"](in_memory({"lifetimes/datasets/CDNOW_master.txt": TEXT.encode()})).frame
    assert frame.select("customer", "date", "discs", "days_since_last", "purchases_before", "dollars").rows() == [
        ("00001", dt.date(1997, 1, 1), 1, None, 0.0, 11.77),
        ("00002", dt.date(1997, 1, 12), 10, None, 0.0, 112.0),
        ("00002", dt.date(1997, 1, 15), 5, 3.0, 1.0, 77.0),
    ]


def test_cohorts(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Two customers at four dates: what was known before each date, and whether the next 91 days bring a purchase."""
    text = (
        " customer_id  date number_of_cds  dollar_value\r\n"
        " 00001 19970101  2   10.00\r\n 00001 19970111  1   20.00\r\n 00001 19971001  1   60.00\r\n"
        " 00002 19970302  4   40.00\r\n 00002 19980630  1   40.00\r\n"
    )
    table = SOURCE.tables["churn"](in_memory({"lifetimes/datasets/CDNOW_master.txt": text.encode()}))
    dates = [dt.date(1997, 7, 2), dt.date(1997, 10, 1), dt.date(1997, 12, 31), dt.date(1998, 4, 1)]
    known = ("frequency", "recency_days", "age_days", "days_since_last", "mean_dollars", "discs", "left")
    rows = table.frame.filter(customer="00001").select("first_day", "first_order", "asked", *known).rows()
    assert rows == [
        ("1997-01-01", "2", dates[0], 1.0, 10.0, 182.0, 172.0, 15.0, 3.0, "1"),
        ("1997-01-01", "2", dates[1], 1.0, 10.0, 273.0, 263.0, 15.0, 3.0, "0"),
        ("1997-01-01", "2", dates[2], 2.0, 273.0, 364.0, 91.0, 30.0, 4.0, "1"),
        ("1997-01-01", "2", dates[3], 2.0, 273.0, 455.0, 182.0, 30.0, 4.0, "1"),
    ]
    other = table.frame.filter(customer="00002")
    assert other["left"].to_list() == ["1", "1", "1", "0"]
    assert set(other["first_order"]) == {"many"}
    assert table.cutoff == dates[3]
    assert table.schema.group == ("first_day",)


def test_next_purchases(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Back after 20 days, after 90, and on the 91st day, which is too late: seen through all intervals."""
    text = (
        " customer_id  date number_of_cds  dollar_value\r\n 00001 19970302  2   10.00\r\n"
        " 00001 19970722  1   20.00\r\n 00001 19971230  1   20.00\r\n 00001 19980401  1   60.00\r\n"
    )
    table = NEXT.tables["churn"](in_memory({"lifetimes/datasets/CDNOW_master.txt": text.encode()}))
    rows = table.frame.group_by("asked", maintain_order=True).agg("at_risk", "came", pl.col("known").last())
    assert rows.rows() == [
        (dt.date(1997, 7, 2), [1, 1, 0, 0], [0, 1, 0, 0], dt.date(1997, 9, 30)),
        (dt.date(1997, 10, 1), [1, 1, 1, 1], [0, 0, 0, 1], dt.date(1997, 12, 30)),
        (dt.date(1997, 12, 31), [1, 1, 1, 1], [0, 0, 0, 0], dt.date(1998, 3, 31)),
        (dt.date(1998, 4, 1), [1, 0, 0, 0], [1, 0, 0, 0], dt.date(1998, 6, 30)),
    ]
    assert table.frame["ends"].unique().sort().to_list() == [14.0, 28.0, 56.0, 91.0]
    assert (table.schema.unit, table.schema.known, table.schema.weight) == ("unit", "known", "at_risk")
    assert table.cutoff == dt.date(1998, 4, 1)
