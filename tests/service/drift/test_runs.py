"""`Runs`: what one task says at once is one value."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.service.drift.runs import Runs


def test_by_hand() -> None:
    """Two runs end, one goes on into the next rows; what is not said does not count."""
    runs = Runs(2)
    values = np.array([[1.0, 4.0], [3.0, np.nan], [5.0, np.nan], [7.0, 1.0]])
    means, ends = runs.ended(["a", "a", "b", "c"], values)
    np.testing.assert_array_equal(means, [[2.0, 4.0], [5.0, np.nan]])
    assert ends == [2, 3]
    means, ends = runs.ended(["c", "d"], np.array([[9.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(means, [[8.0, 1.0]])
    assert ends == [1]


@pytest.mark.parametrize("at_once", [1, 7, 100])
def test_one_task_alone(at_once: int) -> None:
    """A value every 32 rows, however many come together."""
    runs, found = Runs(1), []
    values = np.arange(100.0)[:, None]
    for start in range(0, 100, at_once):
        some = values[start : start + at_once]
        found += runs.ended(["a"] * len(some), some)[0].ravel().tolist()
    assert found == [15.5, 47.5, 79.5]
