"""`Units` and episodes of them: a task of four customers by hand, and what holds for every draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Order, at_cut, buckets, draw, gather, opening
from warmstart.tasks.split import by_time
from warmstart.tasks.taskset import TaskSet
from warmstart.tasks.units import Units

Make = Callable[..., TaskArrays]
BEGAN, ENDS = np.repeat([0, 4, 6, 9], 2), np.tile([2, 5], 4)
"""Four customers begin on days 0, 4, 6 and 9; what two intervals bring is known 2 and 5 days later."""


SUPPORTS: dict[Order, set[tuple[int, ...]]] = {
    "random": set(),
    "time": {(0,), (0, 1), (4, 2)},  # before day 4, 6 and 9
    "session": {(0,)},
    "moments": {(0,), (0, 1)},
}
"""What can be told, the latest first where it is told by time."""


@pytest.fixture
def world(arrays: Make) -> TaskArrays:
    """Rows 0 and 1 are the first customer's, and so on."""
    return replace(arrays([8], BEGAN.tolist()), unit=np.repeat([5, 6, 8, 9], 2), known=BEGAN + ENDS)


def test_units_by_hand() -> None:
    """Rows of one name, wherever they stand; a row stands for all of its unit."""
    units = Units.of(np.array([7, 3, 7]))
    assert (units.span, units.sizes.tolist(), units.leads.tolist()) == (2, [1, 2], [True, True, False])
    whole, place = units.whole(Units.of(np.array([0, 0])).rows)
    assert (whole.values.tolist(), whole.lengths.tolist(), place.tolist()) == ([0, 2, 1], [3], [0, 0, 1])


def test_a_cut_by_hand(world: TaskArrays) -> None:
    """On day 7 the customer of day 4 has finished one interval, that of day 0 both, that of day 6 none."""
    episodes = at_cut(world, 7, shots=2, least=2)
    assert episodes.support[0].tolist() == [2, 0, 1]
    assert episodes.shown(1).support[0].tolist() == [2]
    assert episodes.query[0].tolist() == [6, 7]
    assert len(at_cut(world, 7, shots=3, least=3)) == 0


def test_a_batch_counts_units(world: TaskArrays) -> None:
    """Two customers are four places, one of them empty; one customer is asked, by both rows."""
    episodes = at_cut(world, 7, shots=2, least=2)
    batch = gather(world, episodes, 2, queries=1)
    assert batch.support.weight.tolist() == [[1, 1, 1, 0]]
    assert batch.support.y[0, :3].tolist() == [0, 1, 2]
    assert (batch.y.tolist(), batch.mask.tolist()) == ([[6, 7]], [[1, 1]])
    ((members, width),) = buckets(episodes, 20, 10)
    assert (members.tolist(), width) == ([0], 2)


@pytest.mark.parametrize("order", SUPPORTS)
def test_promises(world: TaskArrays, order: Order) -> None:
    """No customer on both sides, queries whole, limits in customers; in time nothing that was not known when asked."""
    seen = set()
    for seed in range(40):
        episodes = draw(world, order, np.random.default_rng(seed), shots=2, queries=2, least=1)
        if not len(episodes):
            continue
        support, query = episodes.support[0], episodes.query[0]
        told, asked = world.unit[support], world.unit[query]
        assert not set(told) & set(asked)
        assert (np.unique(asked, return_counts=True)[1] == 2).all()
        assert max(len(set(told)), len(set(asked))) <= 2
        assert episodes.shot is not None
        assert sorted(set(episodes.shot)) == list(range(len(set(told))))
        if order == "random":
            assert (np.unique(told, return_counts=True)[1] == 2).all()
        else:
            assert (world.known[support] < world.time[query].min()).all()
            seen.add(tuple(support.tolist()))
    assert seen == SUPPORTS[order]


def test_opening(world: TaskArrays) -> None:
    """Of the first two moments, before the third: the second customer has finished nothing by day 6, or just not."""
    episodes = opening(world, 2)
    assert episodes.support[0].tolist() == [0, 1]
    assert episodes.query[0].tolist() == [4, 5, 6, 7]
    assert episodes.shown(0).support.lengths.tolist() == [0]


def test_training_rows_are_known_before_the_split() -> None:
    """A customer of before it is learned from through the intervals that had ended."""
    columns = (Column("shop", Role.TASK, Kind.CATEGORY), Column("began", Role.TIME), Column("came", Role.TARGET))
    schema = Schema((*columns, Column("who", Role.UNIT), Column("known", Role.KNOWN)))
    frame = pl.DataFrame(
        {"shop": ["a"] * 8, "began": BEGAN, "known": BEGAN + ENDS, "who": np.repeat(range(4), 2), "came": [0.0] * 8}
    )
    tasks = TaskSet.from_table(frame, schema)
    assert by_time(tasks, 7).train.frame["known"].to_list() == [2, 5, 6]
    assert tasks.units.tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    other = TaskSet.from_table(frame.with_columns(pl.col("known").cast(pl.String)), schema)
    with pytest.raises(DataError, match=r"column 'known': not of the time's type; .*'began' \(Int64\); got String"):
        _ = other.known
    assert TaskSet.from_table(frame, Schema(columns)).units.tolist() == []
