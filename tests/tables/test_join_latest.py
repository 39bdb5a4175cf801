"""What was known last: two stores' weather by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.tables._join_latest import join_latest

AT = ("day", "seen")


def day(of_january: int | None) -> dt.date | None:
    """A day of January 2024."""
    return None if of_january is None else dt.date(2024, 1, of_january)


SALES = pl.DataFrame({"store": [2, 1, 1, 1, 2], "day": [day(5), day(9), day(1), day(4), day(None)]})
WEATHER = pl.DataFrame(
    {"shop": ["1", "2", "1", "3"], "seen": [day(2), day(5), day(4), day(1)], "rain": [10, 20, 30, 0]}
)


def rain(left: pl.DataFrame = SALES, right: pl.DataFrame = WEATHER, **told: Any) -> tuple[list[Any], int]:
    """The rain that is known of each row, and how many rows know of none."""
    found, missed = join_latest(left, right, **{"on": {"store": "shop"}, "asof": AT, "used": ("rain",), **told})
    assert found.columns == [*left.columns, "rain"]
    assert found.drop("rain").equals(left)
    return found["rain"].to_list(), missed


def test_latest_row_that_is_not_after() -> None:
    """The same day counts; what comes later does not, nor what other stores saw; no day knows nothing."""
    assert rain() == ([20, 30, None, 30, None], 2)


def test_known_only_after_a_delay() -> None:
    """Two days late: store 1 hears on the 4th of the 2nd, store 2 on the 5th of nothing yet."""
    assert rain(delay_days=2) == ([None, 30, None, 10, None], 3)


def test_without_keys() -> None:
    """One table for all stores; of the 5th's rows the latest is taken."""
    assert rain(on={}) == ([20, 20, 0, 30, None], 1)


def test_times_and_dates_meet() -> None:
    """What was seen at noon of a day is not known at its beginning; a zone is left out."""
    noon = WEATHER.with_columns(pl.col("seen").cast(pl.Datetime("ms", "UTC")).dt.offset_by("12h"))
    assert rain(right=noon) == ([None, 30, None, 10, None], 3)


def test_numbers_are_moments_too() -> None:
    """Weeks by their number."""
    left, right = pl.DataFrame({"day": [1, 3, 2]}), pl.DataFrame({"seen": [2.0, 3.5], "rain": [10, 20]})
    assert rain(left, right, on={}) == ([None, 10, 10], 1)


def test_missing_keys_find_nothing() -> None:
    """A store that is missing on both sides is not the same store."""
    left = pl.DataFrame({"store": [None, 1], "day": [day(9), day(9)]})
    right = pl.DataFrame({"shop": [None, 1], "seen": [day(1), day(1)], "rain": [10, 20]})
    assert rain(left, right) == ([None, 20], 1)


@pytest.mark.parametrize(
    ("right", "told", "said"),
    [
        (WEATHER.vstack(WEATHER[1:2]), {}, "column 'shop, seen': the join would multiply rows.*'2, 2024-01-05"),
        (
            WEATHER.drop("seen"),
            {},
            "column 'seen': asof column missing; expected a column of the table; got shop, rain",
        ),
        (WEATHER, {"asof": ("date", "seen")}, "column 'date': asof column missing; .*got store, day"),
        (WEATHER.drop("shop"), {}, "column 'shop': join key missing"),
        (WEATHER.with_columns(day=1), {"used": ("rain", "day")}, "column 'day': is in both joined tables"),
        (
            WEATHER.with_columns(seen=1),
            {},
            "column 'seen': has no order with the other table's; expected dates.*Int32",
        ),
        (WEATHER.with_columns(seen=pl.lit("soon")), {}, "column 'seen': has no order with the other table's.*String"),
        (WEATHER.with_columns(seen=pl.lit(None, pl.Date)), {}, "column 'seen': row 0: moment is missing"),
    ],
)
def test_tables_that_do_not_fit(right: pl.DataFrame, told: dict[str, Any], said: str) -> None:
    """Column, row and what was expected are named."""
    with pytest.raises(DataError, match=said):
        rain(right=right, **told)


def test_delay_of_numbers() -> None:
    """A number has no days."""
    with pytest.raises(UsageError, match="delay_days = 2 is for dates; 'seen' holds numbers"):
        rain(pl.DataFrame({"day": [1]}), pl.DataFrame({"seen": [1], "rain": [1]}), on={}, delay_days=2)
