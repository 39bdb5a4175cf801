"""`Ragged` against Python lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warmstart.tasks.ragged import Ragged, expand, runs

LISTS = st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=1, max_size=6)


def ragged(lists: list[list[int]]) -> Ragged:
    """The lists as one flat array."""
    values = np.array([v for own in lists for v in own], dtype=np.int64)
    return Ragged(values, Ragged.from_lengths(np.array([len(own) for own in lists])).offsets)


def unpacked(made: Ragged) -> list[list[int]]:
    """The lists again."""
    return [made[i].tolist() for i in range(len(made))]


def test_from_lengths() -> None:
    """Values count on through all lists; an empty list takes no place."""
    made = Ragged.from_lengths(np.array([2, 0, 3]))
    assert unpacked(made) == [[0, 1], [], [2, 3, 4]]
    assert made.lengths.tolist() == [2, 0, 3]
    assert made.owner.tolist() == [0, 0, 2, 2, 2]
    assert made.position.tolist() == [0, 1, 0, 1, 2]


def test_expand() -> None:
    """List i counts from starts[i]."""
    assert expand(np.array([10, 50, 70]), Ragged.from_lengths(np.array([2, 0, 3]))).tolist() == [10, 11, 70, 71, 72]


@given(LISTS)
def test_where(lists: list[list[int]]) -> None:
    """A filter keeps lists that lose everything."""
    made = ragged(lists)
    assert unpacked(made.where(made.values % 2 == 0)) == [[v for v in own if v % 2 == 0] for own in lists]


@given(LISTS, st.integers(0, 6))
def test_first_and_padded(lists: list[list[int]], n: int) -> None:
    """The first n values; with padding where a list is shorter."""
    made = ragged(lists)
    assert unpacked(made.first(n)) == [own[:n] for own in lists]
    assert made.padded(n).tolist() == [(own + [-1] * n)[:n] for own in lists]


@given(LISTS, st.data())
def test_take(lists: list[list[int]], data: st.DataObject) -> None:
    """Lists in any order, also more than once."""
    chosen = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=8))
    assert unpacked(ragged(lists).take(np.array(chosen, np.int64))) == [lists[i] for i in chosen]


def test_then() -> None:
    """Lists of the same place, one after the other."""
    a, b = Ragged(np.array([1, 2, 3]), np.array([0, 2, 2, 3])), Ragged(np.array([7, 8]), np.array([0, 1, 2, 2]))
    joined = a.then(b)
    assert [joined[i].tolist() for i in range(3)] == [[1, 2, 7], [8], [3]]


@given(LISTS)
def test_runs(lists: list[list[int]]) -> None:
    """Each value's run of equal keys in its own list, as a loop counts it."""
    lists = [[v % 2 for v in own] for own in lists]
    made = ragged(lists)
    by_hand = [sum(own[j] != own[j - 1] for j in range(1, i + 1)) for own in lists for i in range(len(own))]
    assert runs(made, made.values).tolist() == by_hand
