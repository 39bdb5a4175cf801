"""`Remembered`: the latest rows, by their number from the first."""

from __future__ import annotations

import numpy as np

from warmstart.service.drift.remembered import Remembered


def test_the_latest_are_there() -> None:
    """Of 100 rows that came three at a time the last ten, each as it was."""
    rows = Remembered(10, 1)
    for first in range(0, 99, 3):
        values = np.arange(first, first + 3.0)[:, None]
        rows.add(values, values / 100, list(range(first, first + 3)))
    assert (rows.begin, rows.end) == (89, 99)
    assert rows.own(0, rows.begin, rows.end).tolist() == list(range(89, 99))
    assert [rows.moment(at) for at in (89, 98)] == [89, 98]


def test_where_it_parts() -> None:
    """At the step; rows that say nothing are passed over, and what is not remembered any more does not count."""
    rows = Remembered(100, 1)
    step = np.where(np.arange(60) < 40, 0.2, 0.8)
    step[5:10] = np.nan
    rows.add(step[:, None], step[:, None], list(range(60)))
    assert rows.parting(0, 0, 60) == 40
    assert rows.rises(0, 0, 40, 60)
    assert not rows.rises(0, 40, 50, 60)
    assert len(rows.own(0, 0, 60)) == 55
    assert rows.parting(0, 59, 60) == 59
