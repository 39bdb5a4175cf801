"""ISO text is read the same few at a time, one by one, as many at a time, by forms."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.tables._dates import read_iso

ZONES = st.none() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WHEN = st.datetimes(datetime(1001, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


def many(text: list[str | None]) -> list[datetime | None]:
    """As a long column is read."""
    return read_iso(pl.Series(text * 1001, dtype=pl.String)).to_list()[: len(text)]


@given(st.lists(st.none() | WHEN.map(datetime.isoformat), min_size=1, max_size=3))
def test_whole_ones(text: list[str | None]) -> None:
    """Whatever their zone."""
    few = read_iso(pl.Series(text, dtype=pl.String))
    assert few.dtype == pl.Datetime("us")
    assert few.to_list() == many(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:00:00Z",
        "2026-01-05 10:00:00.5+02:00",
        "2026-01-05",
        "2026-02-30T10:00:00",
        "2026-01-05T24:00:00",
        "2026-01-05T10:00:60",
        "2026-01-05T10:00:00+99:00",
        "0026-01-05T10:00:00",
        "soon",
    ],
)
def test_odd_ones(text: str) -> None:
    """Dates of no calendar too."""
    assert read_iso(pl.Series([text])).to_list() == many([text])
