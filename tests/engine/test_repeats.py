"""`first_choices`: one row an item and task."""

from __future__ import annotations

import numpy as np

from warmstart.engine.repeats import first_choices


def test_the_first_row_of_an_item_is_kept() -> None:
    """Only within its task, and never because of a row that says nothing."""
    item = np.array([2, 1, 2, 2, 0, 0, 2, -1, -1])
    weight = np.array([1, 1, 1, 1, 0, 1, 3, 0, 0], np.float32)
    task = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1])
    kept = first_choices(item, weight, task)
    assert kept.tolist() == [True, True, False, True, True, True, False, True, True]


def test_nothing() -> None:
    """No rows give no rows."""
    none = np.zeros(0, np.int64)
    assert first_choices(none, none, none).tolist() == []
