"""`person_periods`: three customers by hand, who is at risk when, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.tables.person_periods import person_periods

EDGES = (7, 14, 28)


def told(days: list[float | None], came: list[int | None], **other: list[Any]) -> pl.DataFrame:
    """Customers who were watched for some days."""
    return pl.DataFrame({"days": days, "came_back": came, **other})


def periods(frame: pl.DataFrame, **more: Any) -> pl.DataFrame:
    """Their rows, in intervals of a week, a week and a fortnight."""
    return person_periods(frame, duration="days", event="came_back", **{"edges": EDGES, **more})


def test_by_hand() -> None:
    """Back on day 9: in the second interval. Lost on day 20: seen through two. Everybody has all intervals."""
    made = periods(told([9, 20], [1, 0], name=["a", "b"]))
    assert made.select("name", "unit", "period", "starts", "ends", "at_risk", "came").rows() == [
        ("a", 0, 0, 0.0, 7.0, 1, 0),
        ("a", 0, 1, 7.0, 14.0, 1, 1),
        ("a", 0, 2, 14.0, 28.0, 0, 0),
        ("b", 1, 0, 0.0, 7.0, 1, 0),
        ("b", 1, 1, 7.0, 14.0, 1, 0),
        ("b", 1, 2, 14.0, 28.0, 0, 0),
    ]
    assert not {"days", "came_back"} & set(made.columns)


@pytest.mark.parametrize(
    ("days", "event", "at_risk", "came"),
    [
        (0, 1, [1, 0, 0], [1, 0, 0]),  # on the first day
        (0, 0, [0, 0, 0], [0, 0, 0]),  # lost at once
        (7, 1, [1, 1, 0], [0, 1, 0]),  # an edge belongs to the interval that it begins
        (7, 0, [1, 0, 0], [0, 0, 0]),  # seen through the whole first interval
        (6.9, 0, [0, 0, 0], [0, 0, 0]),  # but not quite
        (28, 1, [1, 1, 1], [0, 0, 0]),  # after the last interval: censored at its end
        (99, 0, [1, 1, 1], [0, 0, 0]),
    ],
)
def test_who_is_at_risk(days: float, event: int, at_risk: list[int], came: list[int]) -> None:
    """Until the event or through the last interval that was watched whole."""
    made = periods(told([days], [event]))
    assert (made["at_risk"].to_list(), made["came"].to_list()) == (at_risk, came)


def test_when_an_answer_is_known() -> None:
    """On the last day of an interval; of a time, just before the next begins; of a number, the last in it."""
    day, noon = dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, 12)
    frame = told([99], [0], day=[day], noon=[noon], number=[10])
    assert periods(frame, start="day")["known"].to_list() == [day + dt.timedelta(days=n) for n in (6, 13, 27)]
    tick = dt.timedelta(microseconds=1)
    assert periods(frame, start="noon")["known"].to_list() == [noon + dt.timedelta(days=n) - tick for n in EDGES]
    assert periods(frame, start="number")["known"].to_list() == [16, 23, 37]
    assert periods(frame, start="day")["known"].dtype == frame["day"].dtype


def test_rows_to_be_asked() -> None:
    """Of customers of whom nothing is known yet: all intervals, no answers."""
    made = person_periods(pl.DataFrame({"name": ["a"]}), edges=EDGES)
    assert made.columns == ["name", "unit", "period", "starts", "ends"]
    assert made.height == 3


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (told([1, -2], [0, 1]), "column 'days': row 1: .*expected a duration of 0 or more; got -2"),
        (told([1, None], [0, 1]), "column 'days': row 1: .*got nothing"),
        (told([1, 2], [0, 2]), "column 'came_back': row 1: .*expected 1 for the event or 0 for censored; got 2"),
        (told([1, 2], [None, 1]), "column 'came_back': row 0: .*got nothing"),
        (told([1], [0]).drop("days"), "column 'days': missing"),
        (told([1], [0], at_risk=[1]), "column 'at_risk': is made by person_periods"),
    ],
)
def test_columns_refused(frame: pl.DataFrame, said: str) -> None:
    """Column and row are named."""
    with pytest.raises(DataError, match=said):
        periods(frame)


def test_starts_refused() -> None:
    """A start that is missing, or no time."""
    with pytest.raises(DataError, match="column 'day': row 1: missing value"):
        periods(told([1, 1], [0, 0], day=[dt.date(2024, 1, 1), None]), start="day")
    with pytest.raises(DataError, match="column 'day': no time; expected dates, times or whole numbers"):
        periods(told([1], [0], day=["monday"]), start="day")


@pytest.mark.parametrize("edges", [(), (0, 7), (7, 7), (14, 7), (7, float("inf"))])
def test_edges_refused(edges: tuple[float, ...]) -> None:
    """They rise from above 0, and end."""
    with pytest.raises(UsageError, match="expected edges that rise from above 0"):
        periods(told([1], [0]), edges=edges)


def test_a_duration_needs_an_event() -> None:
    """How long somebody was watched does not say why no longer."""
    with pytest.raises(UsageError, match="go together"):
        person_periods(told([1], [0]), edges=EDGES, duration="days")
