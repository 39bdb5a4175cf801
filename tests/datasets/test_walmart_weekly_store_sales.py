"""Walmart's reader on two stores."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Mapping

import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.walmart_weekly_store_sales import SOURCE

HEADER = "Store,Date,Weekly_Sales,Holiday_Flag,Temperature,Fuel_Price,CPI,Unemployment"
WEEKS = 60


def rows(store: int, first: dt.date = dt.date(2010, 2, 5)) -> list[str]:
    """Fridays one after the other; week w has temperature w, fuel price 100 + w; every tenth is a holiday."""
    days = [first + dt.timedelta(days=7 * week) for week in range(WEEKS)]
    return [
        f"{store},{day:%d-%m-%y},{1000.5 + w},{int(day.month == 12 and day.day > 25)},{w},{100 + w},200,8"
        for w, day in enumerate(days)
    ]


def test_nothing_is_told_before_it_is_known(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Prices are those of eight weeks before, the temperature that of a year before, each of the same store."""
    csv = "\n".join([HEADER, *rows(1), *rows(2)])
    table = SOURCE.tables["demand"](in_memory({"sales.csv.gz": gzip.compress(csv.encode())}))
    assert table.horizon == 8
    of = {name: table.frame[name].to_list() for name in ("Store", "Weekly_Sales", "Fuel_Price", "Temperature")}
    for start in (0, WEEKS):
        assert of["Fuel_Price"][start : start + 10] == [None] * 8 + [100, 101]
        assert of["Temperature"][start : start + 54] == [None] * 52 + [0, 1]
    assert of["Store"] == ["1"] * WEEKS + ["2"] * WEEKS
    assert of["Weekly_Sales"][:2] == [1000.5, 1001.5]


def test_calendar(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The flagged week of December is named; the course of the year has no jump at its end."""
    csv = "\n".join([HEADER, *rows(1)])
    frame = SOURCE.tables["demand"](in_memory({"sales.csv.gz": gzip.compress(csv.encode())})).frame
    told = {row["Date"]: row for row in frame.to_dicts()}
    assert told[dt.date(2010, 12, 31)]["holiday"] == "Christmas"
    assert told[dt.date(2010, 12, 24)]["holiday"] == "none"
    assert told[dt.date(2010, 12, 24)]["week_of_year"] == 51
    end, start = told[dt.date(2010, 12, 31)], told[dt.date(2011, 1, 7)]
    assert abs(end["year_sine"] - start["year_sine"]) < 0.13
    assert end["year_cosine"] == pytest.approx(1, abs=0.01)
