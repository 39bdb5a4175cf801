"""The calendar: 4 July, Christmas and the new year by hand; what is refused."""

from __future__ import annotations

import datetime as dt
import sys

import polars as pl
import pytest

from warmstart.errors import DataError, NotFound, NotReady, UsageError
from warmstart.tables.calendar import CALENDAR, Period, add_calendar

FAR = 14.0
Known = tuple[float, str, float, float, float]


def told(*days: str, period: Period = "day", country: str = "US", subdivision: str | None = None) -> list[Known]:
    """is_holiday, holiday, days to and since one, and working days of the period that begins on each day."""
    frame = pl.DataFrame({"row": range(len(days)), "day": [dt.date.fromisoformat(day) for day in days]})
    found = add_calendar(frame, column="day", country=country, subdivision=subdivision, period=period)
    assert found.columns == ["row", "day", *(column.name for column in CALENDAR)]
    assert found.select("row", "day").equals(frame)
    return found.drop("row", "day").rows()


def test_days_around_the_fourth_of_july() -> None:
    """4 July 2023 is a Tuesday, 15 days after Juneteenth, which is too far to be told, as is Labor Day in September."""
    assert told("2023-07-03", "2023-07-04", "2023-07-05", "2023-07-08") == [
        (0, "none", 1, FAR, 1),
        (1, "Independence Day", 0, 0, 0),
        (0, "none", FAR, 1, 1),
        (0, "none", FAR, 4, 0),
    ]


def test_days_between_christmas_and_new_year() -> None:
    """Of 2023: Sunday the 24th, Monday the 25th, and 26 December, six days before 1 January."""
    assert told("2023-12-24", "2023-12-25", "2023-12-26", "2024-01-01") == [
        (0, "none", 1, FAR, 0),
        (1, "Christmas Day", 0, 0, 0),
        (0, "none", 6, 1, 1),
        (1, "New Year's Day", 0, 0, 0),
    ]


def test_rows_keep_their_order_and_may_repeat() -> None:
    """A later day first, and the same day twice."""
    fourth = (1, "Independence Day", 0, 0, 0)
    assert told("2023-07-04", "2023-07-03", "2023-07-04") == [fourth, (0, "none", 1, FAR, 1), fourth]


def test_weeks_around_new_year() -> None:
    """A week counts from its date: Christmas is 4 days before the end of its week, and a quiet week is told how far."""
    assert told("2023-12-11", "2023-12-18", "2023-12-25", "2024-01-01", "2024-01-08", period="week") == [
        (0, "none", 8, FAR, 5),
        (0, "none", 1, FAR, 5),
        (1, "Christmas Day", 0, 0, 4),
        (1, "New Year's Day", 0, 0, 4),
        (0, "none", 1, 7, 5),
    ]


def test_first_holiday_of_a_week_names_it() -> None:
    """Christmas comes before New Year's Day in the seven days from 25 December, but not in those from 26 December."""
    assert [name for _, name, *_ in told("2022-12-25", "2022-12-26", "2022-12-27", period="week")] == [
        "Christmas Day",
        "Christmas Day (observed)",
        "New Year's Day",
    ]


def test_months() -> None:
    """July 2023 has 21 weekdays, of which the 4th is none to work on; a month goes on to the day before its own day."""
    assert told("2023-07-01", "2023-07-05", "2023-08-01", period="month") == [
        (1, "Independence Day", 0, 0, 20),
        (0, "none", FAR, 1, 23),
        (0, "none", 4, FAR, 23),
    ]


def test_times_of_a_day_are_the_day() -> None:
    """A date with a clock."""
    frame = pl.DataFrame({"at": [dt.datetime(2023, 7, 4, 23, 59)]})
    assert add_calendar(frame, column="at", country="US")["is_holiday"].to_list() == [1.0]


def test_rare_names_are_other() -> None:
    """A day off that Taiwan had once, in exchange for a Saturday; the new year of the moon has its name."""
    assert [name for _, name, *_ in told("2001-01-22", "2001-01-24", country="TW")] == ["other", "Chinese New Year"]


def test_names_do_not_depend_on_the_table() -> None:
    """A day asked alone is called what it was among others."""
    assert told("2001-01-22", country="TW") == told("2001-01-22", "2001-01-24", country="TW")[:1]


def test_subdivision() -> None:
    """Epiphany is one of Bavaria, not of Berlin."""
    assert [name for _, name, *_ in told("2023-01-06", country="DE", subdivision="BY")] == ["Epiphany"]
    assert [name for _, name, *_ in told("2023-01-06", country="DE", subdivision="BE")] == ["none"]


def test_weekends_are_the_countrys() -> None:
    """Friday is none to work on in Saudi Arabia, Sunday is."""
    friday, sunday = told("2024-05-03", "2024-05-05", country="SA")
    assert (friday[-1], sunday[-1]) == (0, 1)


@pytest.mark.parametrize(
    ("country", "subdivision", "said"),
    [
        ("XX", None, "no country with known holidays named 'XX': known: "),
        ("us", None, "no country with known holidays named 'us'"),
        ("DE", "BYY", "no subdivision of DE named 'BYY': did you mean BY"),
    ],
)
def test_places_that_are_not_known(country: str, subdivision: str | None, said: str) -> None:
    """The name is told, and the known ones."""
    with pytest.raises(NotFound, match=said):
        told("2023-07-04", country=country, subdivision=subdivision)


DAYS = [dt.date(2023, 7, 3), dt.date(2023, 7, 4)]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pl.DataFrame({"date": DAYS}), "column 'day': missing; expected a column of dates; got date"),
        (pl.DataFrame({"day": [DAYS[0], None]}), "column 'day': row 1: date is missing"),
        (pl.DataFrame({"day": ["soon"]}), "column 'day': row 0: is no date; expected dates; got 'soon'"),
        (pl.DataFrame({"day": DAYS, "holiday": [0, 1]}), "column 'holiday': is in the table and of the calendar"),
        (pl.DataFrame({"day": DAYS[:0]}), "column 'day': the table has no rows"),
        (
            pl.DataFrame({"day": [DAYS[0], dt.date(1700, 7, 4)]}),
            r"column 'day': row 1: no calendar; expected years 1777 to \d+; got 1700-07-04 \(US\)",
        ),
    ],
)
def test_tables_that_do_not_fit(frame: pl.DataFrame, said: str) -> None:
    """Column and row are named."""
    with pytest.raises(DataError, match=said):
        add_calendar(frame, column="day", country="US")


def test_unknown_period() -> None:
    """The known ones are told."""
    with pytest.raises(UsageError, match="period 'year': expected one of day, week, month"):
        told("2023-07-04", period="year")  # type: ignore[arg-type]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that installs it."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(NotReady, match=r"pip install 'warmstart\[calendar\]'"):
        told("2023-07-04")
