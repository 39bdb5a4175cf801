"""Splits without leaks."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import DataError
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.split import by_time, hold_out
from warmstart.tasks.taskset import TaskSet

SCHEMA = Schema(
    (
        Column("store", Role.TASK),
        Column("brand", Role.TASK),
        Column("at", Role.TIME, Kind.NUMBER),
        Column("y", Role.TARGET),
    ),
    group=("store",),
)
ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=40)


def tasks_of(rows: list[tuple[int, int, int]]) -> TaskSet:
    """Rows of (store, brand, time)."""
    store, brand, at = zip(*rows, strict=True)
    frame = pl.DataFrame({"store": store, "brand": brand, "at": at, "y": [0.0] * len(rows)})
    return TaskSet.from_table(frame, SCHEMA)


def keys(tasks: TaskSet, *columns: str) -> set[tuple[object, ...]]:
    """Different values of these columns."""
    return set(tasks.frame.select(columns).rows())


@given(ROWS, st.floats(0.01, 0.99), st.integers(0, 3))
def test_groups_never_on_both_sides(rows: list[tuple[int, int, int]], share: float, seed: int) -> None:
    """Every store is on one side, no row is lost, and both sides have something."""
    tasks = tasks_of(rows)
    stores = len({row[0] for row in rows})
    if stores < 2:
        with pytest.raises(DataError, match=f"at least 2 independent groups; got {stores}"):
            hold_out(tasks, share, seed)
        return
    train, new = hold_out(tasks, share, seed)
    assert keys(train, "store") & keys(new, "store") == set()
    assert train.frame.height + new.frame.height == len(rows)
    assert len(keys(new, "store")) == min(max(round(share * stores), 1), stores - 1)
    assert len(train) > 0


def test_hold_out_is_chance_by_seed() -> None:
    """The same seed gives the same side; another seed another one."""
    tasks = tasks_of([(store, 0, 0) for store in range(20)])
    sides = [tuple(hold_out(tasks, 0.5, seed).new.ids) for seed in (0, 0, 1)]
    assert sides[0] == sides[1]
    assert sides[0] != sides[2]


@given(ROWS, st.integers(0, 10))
def test_by_time(rows: list[tuple[int, int, int]], moment: int) -> None:
    """Nothing at or after the moment is learned from; new are all tasks of the stores that lie wholly after it."""
    train, new = by_time(tasks_of(rows), moment)
    assert (train.moments < moment).all()
    assert (new.moments >= moment).all()
    assert keys(train, "store") & keys(new, "store") == set()
    assert train.frame.height == sum(at < moment for *_, at in rows)
    opened = {store: min(at for s, _, at in rows if s == store) for store, *_ in rows}
    assert keys(new, "store", "brand") == {(s, b) for s, b, _ in rows if opened[s] >= moment}


def test_new_brand_of_a_known_store_is_not_new() -> None:
    """Store 0 was learned from, so that its second brand, which comes later, is on neither side."""
    train, new = by_time(tasks_of([(0, 0, 1), (0, 1, 5), (1, 0, 6)]), 3)
    assert (train.ids, new.ids) == (["0.0"], ["1.0"])


def test_by_time_without_rows() -> None:
    """Nothing cannot be split."""
    none = pl.DataFrame(schema={"store": pl.Int64, "brand": pl.Int64, "at": pl.Int64, "y": pl.Float64})
    with pytest.raises(DataError, match="no rows"):
        by_time(TaskSet.from_table(none, SCHEMA), 3)


def test_split_keeps_time_order() -> None:
    """Tasks of both sides stay in time order."""
    rng = np.random.default_rng(0)
    train, new = hold_out(tasks_of([(s, 0, int(rng.integers(9))) for s in range(6) for _ in range(5)]), 0.5, 0)
    for side in (train, new):
        for t in range(len(side)):
            own = side.moments[side.offsets[t] : side.offsets[t + 1]]
            assert (np.diff(own) >= 0).all()


def test_only_some_tasks_may_be_new() -> None:
    """New are tasks among those named; the others of their groups are on no side, all else is to be learned from."""
    tasks = tasks_of([(store, brand, 0) for store in range(4) for brand in range(2)])
    split = hold_out(tasks, 0.5, 0, among=np.array([0, 2]))
    assert len(split.new) == 1
    assert keys(split.new, "store", "brand") <= {(0, 0), (1, 0)}
    assert len(split.train) == 6
    assert keys(split.train, "store") & keys(split.new, "store") == set()
