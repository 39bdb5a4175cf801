"""`basket_pairs`: two baskets by hand, folding, the cap within a month, and what is refused."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.tables.basket_pairs import basket_pairs

DAY = dt.date(2024, 1, 1)


def lines(*rows: tuple[str, int, str]) -> pl.DataFrame:
    """Lines of (customer, days after the first of January, item)."""
    dated = [(who, DAY + dt.timedelta(days=day), what) for who, day, what in rows]
    return pl.DataFrame(dated, schema={"who": pl.String, "day": pl.Date, "what": pl.String}, orient="row")


def pairs(frame: pl.DataFrame, most: int = 9) -> pl.DataFrame:
    """The pairs of baskets that a customer and a day name."""
    return basket_pairs(frame, basket=("who", "day"), time="day", item="what", most=most)


def test_by_hand() -> None:
    """{tea, milk} and {tea, jam, milk} make 2 + 6 rows; no item is its own partner; a line told twice counts once."""
    found = pairs(
        lines(("a", 0, "tea"), ("a", 0, "milk"), ("a", 0, "tea"), *(("b", 3, i) for i in ("tea", "jam", "milk")))
    )
    assert found.columns == ["anchor", "moment", "item"]
    told = sorted((row["moment"].day, row["anchor"], row["item"]) for row in found.to_dicts())
    later = [(4, a, b) for a in ("jam", "milk", "tea") for b in ("jam", "milk", "tea") if a != b]
    assert told == [(1, "milk", "tea"), (1, "tea", "milk"), *later]


def test_a_basket_of_one_has_no_partner() -> None:
    """It leaves no row, and its item no task."""
    assert pairs(lines(("a", 0, "tea"))).height == 0


def test_no_two_baskets_share_a_moment() -> None:
    """Two customers of one day are told apart by a microsecond; the day stays."""
    found = pairs(lines(*((who, 0, item) for who in "ba" for item in ("tea", "jam"))))
    moments = found["moment"].unique().sort()
    assert moments.dt.date().to_list() == [DAY, DAY]
    assert moments.dt.microsecond().to_list() == [0, 1]


def test_most_baskets_of_an_anchor_in_a_month() -> None:
    """Of tea's five baskets of January two are kept, of its one of February that; each jam has one basket only."""
    days = [0, 1, 2, 3, 4, 40]
    frame = lines(*((f"c{d}", d, item) for d in days for item in ("tea", f"jam{d}")))
    found = pairs(frame, most=2)
    of_tea = found.filter(pl.col("anchor") == "tea")["moment"].dt.month().to_list()
    assert of_tea == [1, 1, 2]
    assert found.filter(pl.col("anchor") != "tea").height == 6


def test_later_months_do_not_change_earlier_ones() -> None:
    """What is kept of a month is drawn within it."""
    early = [(f"c{d}", d, item) for d in range(5) for item in ("tea", "jam")]
    late = [(f"c{d}", d + 31, item) for d in range(5) for item in ("tea", "jam")]
    kept = pairs(lines(*early, *late), most=2)
    assert kept.group_by(pl.col("anchor"), pl.col("moment").dt.month()).len()["len"].to_list() == [2] * 4


def test_refused() -> None:
    """A cap of none, a column that is not there, a time that is none."""
    frame = lines(("a", 0, "tea"))
    with pytest.raises(UsageError, match="expected most >= 1; got 0"):
        pairs(frame, most=0)
    with pytest.raises(DataError, match="column 'what'"):
        pairs(frame.drop("what"))
    with pytest.raises(DataError, match="expected dates or times"):
        pairs(frame.with_columns(pl.col("day").cast(pl.String)))
