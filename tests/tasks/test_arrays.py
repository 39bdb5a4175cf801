"""`TaskArrays`: choosing tasks, looking rows up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Rows

Make = Callable[..., TaskArrays]


def test_take(arrays: Make) -> None:
    """Tasks in any order bring all their rows along."""
    made = arrays([2, 1, 3]).take(np.array([2, 0]))
    assert made.offsets.tolist() == [0, 3, 5]
    assert made.y.tolist() == [3, 4, 5, 0, 1]
    assert made.x.numbers[:, 0].tolist() == [3, 4, 5, 0, 1]
    assert made.group.tolist() == [2, 0]
    assert made.task_of_row.tolist() == [0, 0, 0, 1, 1]


def test_take_none(arrays: Make) -> None:
    """No tasks are legal."""
    made = arrays([2, 1]).take(np.zeros(0, np.int64))
    assert (made.n_tasks, len(made.y)) == (0, 0)


def test_where(arrays: Make) -> None:
    """Only some rows; a task that loses all of them stays, without rows."""
    made = arrays([2, 1, 3], time=[5, 6, 7, 1, 2, 3]).where(np.array([True, False, False, False, True, True]))
    assert made.offsets.tolist() == [0, 1, 1, 3]
    assert made.y.tolist() == [0, 4, 5]
    assert made.x.numbers[:, 0].tolist() == [0, 4, 5]
    assert made.time.tolist() == [5, 2, 3]
    assert made.n_tasks == len(made.group) == 3


def test_before_and_after(arrays: Make) -> None:
    """The latest half of the rows and the earlier ones; equal moments are never parted; without time both are all."""
    before, after = arrays([4, 2], time=[1, 2, 3, 4, 4, 4]).before_and_after(0.5)
    assert (before.time.tolist(), after.time.tolist()) == ([1, 2, 3], [4, 4, 4])
    assert before.n_tasks == after.n_tasks == 2
    same = arrays([2, 1])
    assert same.before_and_after(0.5) == (same, same)
    timed = arrays([2], time=[1, 2])
    assert timed.before_and_after(1.0) == (timed, timed)


def test_rows_are_their_own_or_their_items(arrays: Make) -> None:
    """Where there is a catalogue a row's features are its item's."""
    own = arrays([2, 1])
    assert own.rows(np.array([[2, 0]])).numbers.tolist() == [[[2.0], [0.0]]]
    shared = arrays([2, 1], item=[4, 0, 4], items=5)
    assert shared.rows(np.array([0, 1, 2])).numbers[:, 0].tolist() == [4.0, 0.0, 4.0]


def test_take_rows_takes_bags() -> None:
    """Numbers, codes and bags are indexed alike."""
    rows = Rows(np.eye(3, dtype=np.float32), np.arange(3, dtype=np.int32)[:, None], (np.array([[1], [2], [3]]),))
    taken = take_rows(rows, np.array([2, 0]))
    assert taken.codes[:, 0].tolist() == [2, 0]
    assert taken.bags[0][:, 0].tolist() == [3, 1]
    assert np.array_equal(taken.numbers, np.eye(3)[[2, 0]])
