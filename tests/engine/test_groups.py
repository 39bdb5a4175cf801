"""Held-out groups: whole, enough of them, the newest where sessions follow each other, later where one forecasts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.engine.groups import fold_groups, hold_out_ahead, hold_out_groups, hold_out_newest
from warmstart.engine.settings import Settings
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet


@pytest.fixture
def shops(table: Any) -> TaskArrays:
    """Twelve shops, eight days each; shop i begins on day i."""
    tasks = TaskSet.of(table("number"))
    arrays = TaskCodec.fit(tasks).encode(tasks)
    return replace(arrays, time=np.arange(len(arrays.y)) % 8 + arrays.task_of_row)


@pytest.mark.parametrize(("enough", "held"), [(1, 2), (3, 3), (20, 4)])
def test_a_share_or_enough(shops: TaskArrays, enough: int, held: int) -> None:
    """15 % of twelve are two; where more are wanted, at most a third."""
    usable, out = fold_groups(shops, Settings(), np.random.default_rng(0), enough=enough)
    assert usable.tolist() == list(range(12))
    assert (out == 0).sum() == held
    assert out.max() == 0


def test_groups_stay_whole(shops: TaskArrays) -> None:
    """Shops of one group lie on one side."""
    paired = replace(shops, group=(np.arange(12) // 2).astype(np.int32))
    _, out = hold_out_groups(paired, Settings(validation=0.4), np.random.default_rng(0))
    assert out.reshape(6, 2).all(axis=1).sum() == 2
    assert out.sum() == 4


def test_newest(shops: TaskArrays) -> None:
    """The last two shops began on days 10 and 11: nothing from day 10 on is learnt, of any shop."""
    found = hold_out_newest(shops, Settings(), np.arange(12), np.random.default_rng(0))
    assert found is not None
    before, held = found
    assert before.time.max() == 9
    assert held.group[:2].tolist() == [10, 11]
    assert held.time[: held.offsets[2]].min() == 10


def test_as_many_others_are_asked_in_the_days_before(shops: TaskArrays) -> None:
    """Two older shops are not learnt from either; of them only the days before count."""
    found = hold_out_newest(shops, Settings(), np.arange(12), np.random.default_rng(0))
    assert found is not None
    before, held = found
    assert held.n_tasks == 4
    assert held.time[held.offsets[2] :].max() < 10
    assert not set(before.group) & set(held.group)
    assert before.n_tasks == 8


@pytest.mark.parametrize(("fold", "cut", "last"), [(0, 16, 18), (1, 13, 15), (3, 16, 18)])
def test_later_moments_of_others(shops: TaskArrays, fold: int, cut: int, last: int) -> None:
    """Three of nineteen days are asked of the shops held out, three days earlier in the next fold; none is learnt."""
    held = np.array([9, 10, 11])
    found = hold_out_ahead(shops, held, Settings(queries=3), fold)
    assert found is not None
    known, asked, at = found
    assert at == cut
    assert known.time.max() == min(cut - 1, 15)  # the shops left end on day 15
    assert set(known.group) == set(range(9))
    assert asked.group.tolist() == [9, 10, 11]
    assert asked.time.max() == last


def test_what_is_not_known_yet_is_not_learnt(shops: TaskArrays) -> None:
    """Sales are known after two days: before day 16 those of day 13. Shop 8 is of the group of one held out."""
    late = replace(shops, known=shops.time + 2, group=np.array([*range(8), 9, 9, 10, 11], np.int32))
    found = hold_out_ahead(late, np.array([9, 10, 11]), Settings(queries=3), 0)
    assert found is not None
    assert found[0].time.max() == 13
    assert set(found[0].group) == set(range(8))


@pytest.mark.parametrize(("held", "queries"), [([9, 10], 10), ([0, 1], 3), ([10], 3), ([*range(1, 12)], 3)])
def test_no_later_moments(shops: TaskArrays, held: list[int], queries: int) -> None:
    """Too few days, shops that have closed, one shop to ask, one to learn from."""
    assert hold_out_ahead(shops, np.array(held), Settings(queries=queries), 0) is None


def test_all_begin_together(shops: TaskArrays) -> None:
    """There are no newest then."""
    together = replace(shops, time=np.arange(len(shops.y)) % 8)
    assert hold_out_newest(together, Settings(), np.arange(12), np.random.default_rng(0)) is None
