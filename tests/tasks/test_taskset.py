"""`TaskSet`: order, offsets, groups, moments, the catalogue, and what is refused."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from warmstart.errors import DataError
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

TASK, TARGET = Column("t", Role.TASK, Kind.CATEGORY), Column("y", Role.TARGET)
PLAIN = Schema((TASK, TARGET))
TIMED = Schema((TASK, TARGET, Column("at", Role.TIME, Kind.DATE)))
BOUGHT = Schema(
    (TASK, Column("item", Role.ITEM, Kind.CATEGORY), Column("size", Role.FEATURE)), target_type=Target.CHOICE
)


def tasks_of(rows: object, schema: Schema, items: object = None) -> TaskSet:
    """Tasks of columns by name."""
    catalogue = None if items is None else pl.DataFrame(items)
    return TaskSet.from_table(pl.DataFrame(rows), schema, items=catalogue)


def test_rows_of_a_task_are_together_and_in_time_order() -> None:
    """Rows of equal time keep the order of the table."""
    made = tasks_of({"t": list("babab"), "at": [3, 1, 1, 1, 3], "y": [0, 1, 2, 3, 4]}, TIMED)
    assert made.frame["t"].to_list() == ["a", "a", "b", "b", "b"]
    assert made.frame["y"].to_list() == [1, 3, 2, 0, 4]
    assert made.offsets.tolist() == [0, 2, 5]
    assert (len(made), made.sizes.tolist(), made.ids) == (2, [2, 3], ["a", "b"])


def test_no_rows() -> None:
    """A table without rows has no tasks."""
    made = TaskSet.of(Table("none", pl.DataFrame(schema={"t": pl.String, "y": pl.Float64}), PLAIN))
    assert (len(made), made.offsets.tolist()) == (0, [0])


def test_composite_key_and_group() -> None:
    """A store × brand is a task; its store is the group that stays together."""
    schema = Schema((Column("store", Role.TASK), Column("brand", Role.TASK, Kind.CATEGORY), TARGET), group=("store",))
    made = tasks_of({"store": [2, 1, 2, 1], "brand": list("abbb"), "y": [0, 1, 2, 3]}, schema)
    assert made.ids == ["1.b", "2.a", "2.b"]
    assert made.groups.tolist() == [0, 1, 1]


@given(st.sets(st.tuples(*[st.text(".\\\\ab", max_size=4)] * 2), min_size=1))
def test_names_of_composite_keys_never_collide(keys: set[tuple[str, str]]) -> None:
    """Whatever dots and backslashes the parts hold."""
    schema = Schema((Column("store", Role.TASK, Kind.CATEGORY), Column("brand", Role.TASK, Kind.CATEGORY), TARGET))
    store, brand = zip(*keys, strict=True)
    made = tasks_of({"store": store, "brand": brand, "y": [0] * len(keys)}, schema)
    assert len(set(made.ids)) == len(made) == len(keys)


def test_name_of_a_simple_key_is_the_key() -> None:
    """With its dots."""
    assert tasks_of({"t": ["a.b"], "y": [0]}, PLAIN).ids == ["a.b"]


@pytest.mark.parametrize(
    ("time", "ticks"),
    [
        ([3, 1, 2], [1, 2, 3]),
        ([0.5, -0.5, 0.5], [1, 2, 2]),
        ([date(1970, 1, 3), date(1970, 1, 1), date(1970, 1, 2)], [0, 1, 2]),
        ([datetime(1970, 1, 1, 0, 0, 2), datetime(1970, 1, 1), datetime(1970, 1, 1)], [0, 0, 2_000_000]),
    ],
)
def test_moments(time: list[object], ticks: list[int]) -> None:
    """Equal times have equal ticks, later ones larger ticks."""
    made = tasks_of({"t": ["a"] * 3, "at": time, "y": [0, 1, 2]}, TIMED)
    assert made.moments.tolist() == ticks


def test_moments_without_time() -> None:
    """Without a time column nothing is earlier than anything."""
    assert tasks_of({"t": ["a", "a"], "y": [0, 1]}, PLAIN).moments.tolist() == [0, 0]


def test_take_and_where() -> None:
    """Whole tasks, or rows; a task that loses all rows is gone."""
    made = tasks_of({"t": list("aabbc"), "y": [0, 1, 2, 3, 4]}, PLAIN)
    taken = made.take(np.array([2, 0]))
    assert (taken.ids, taken.frame["y"].to_list()) == (["c", "a"], [4, 0, 1])
    kept = made.where(np.array([False, True, False, False, True]))
    assert (kept.ids, kept.frame["y"].to_list(), kept.offsets.tolist()) == (["a", "c"], [1, 4], [0, 1, 2])


def test_catalogue_from_rows() -> None:
    """An item's feature is the first that any of its rows has."""
    rows = {"t": list("aabb"), "item": list("yxyx"), "size": [None, 3.0, 2.0, 9.0]}
    made = tasks_of(rows, BOUGHT)
    assert made.items is not None
    assert made.items.to_dict(as_series=False) == {"item": ["x", "y"], "size": [3.0, 2.0]}


def test_catalogue_from_a_table_of_items() -> None:
    """Items that nobody took are in it, and items that only the rows know, without features."""
    made = tasks_of(
        {"t": ["a", "a"], "item": ["q", "x"]}, BOUGHT, items={"item": ["z", "x", "x"], "size": [1.0, 2.0, 7.0]}
    )
    assert made.items is not None
    assert made.items.to_dict(as_series=False) == {"item": ["z", "x", "q"], "size": [1.0, 2.0, None]}


def test_catalogue_that_lacks_a_feature() -> None:
    """Features of items are columns of the table of items."""
    rows = {"t": ["a"], "item": ["x"], "size": [1.0]}
    with pytest.raises(DataError, match=r"column 'size'.*table of items"):
        tasks_of(rows, BOUGHT, items={"item": ["x"]})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"t": ["a"], "at": [1]}, "column 'y': missing"),
        ({"t": ["a", None], "at": [1, 2], "y": [0, 1]}, "column 't': row 1: missing value"),
        ({"t": ["a", "b"], "at": [None, 2], "y": [0, 1]}, "column 'at': row 0: missing value"),
    ],
)
def test_refused(rows: dict[str, list[object]], said: str) -> None:
    """A column that is not there, or a row without task or time, is named."""
    with pytest.raises(DataError, match=said):
        tasks_of(rows, TIMED)


def test_memory_mapped_equals_in_memory() -> None:
    """Columns of every kind come back from disk as they were, and so do tasks that are taken from them."""
    frame = pl.DataFrame(
        {
            "t": ["b", "a", "b", "long name of a task", "a"],
            "at": [date(2020, 1, d) for d in (5, 4, 3, 2, 1)],
            "y": [1.5, None, 3.0, 4.0, 5.0],
            "kind": pl.Series(["u", "v", None, "u", "v"], dtype=pl.Categorical),
            "tags": [["p"], [], ["p", "q"], None, ["r"]],
            "flag": [True, False, None, True, True],
        }
    )
    used = [TASK, TARGET, Column("at", Role.TIME, Kind.DATE), Column("kind", Role.FEATURE, Kind.CATEGORY)]
    used += [Column("tags", Role.FEATURE, Kind.SET), Column("flag", Role.FEATURE)]
    table = Table("shop", frame, Schema(tuple(used)))
    here, there = TaskSet.of(table), TaskSet.of(table, spill_bytes=0)
    assert_frame_equal(here.frame, there.frame)
    assert_frame_equal(here.take(np.array([1, 0])).frame, there.take(np.array([1, 0])).frame)
    assert np.array_equal(here.offsets, there.offsets)
    assert here.ids == there.ids
    assert np.array_equal(here.moments, there.moments)
