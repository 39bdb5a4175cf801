"""New items: who is asked, what is learned from, and what may be shown, in a shop of one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.evaluate.protocols import Plan, protocol
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.sampling import Sampling

DAY = date(2024, 1, 1)
CUT = DAY + timedelta(days=10)
SCHEMA = Schema(
    (
        Column("user", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("item", Role.ITEM, Kind.CATEGORY),
    ),
    Target.CHOICE,
)


def shop(rows: Sequence[tuple[str, int, str]]) -> Table:
    """Rows of (user, day, item), cut at day 10."""
    frame = pl.DataFrame(
        [(u, DAY + timedelta(days=d), i) for u, d, i in rows], schema=["user", "day", "item"], orient="row"
    )
    return Table("shop", frame, SCHEMA, cutoff=CUT)


def plans(rows: Sequence[tuple[str, int, str]], shots: tuple[int, ...] = (0, 3)) -> Sequence[Plan]:
    """The plans of protocol new-items."""
    return protocol("new-items")(shop(rows), Sampling(shots=shots), 0)


def known(*users: str) -> list[tuple[str, int, str]]:
    """Five old items of each user."""
    return [(user, day, f"old{day}") for user in users for day in range(5)]


def queries(plan: Plan) -> dict[str, set[str]]:
    """What each user is asked for."""
    trial = plan.trials[0]
    arrays = TaskCodec.fit(plan.train).encode(trial.tasks)
    episodes, items = trial.episodes(arrays), trial.tasks.frame["item"].to_list()
    assert (arrays.time[episodes.support.values] < np.datetime64(CUT, "D").astype(int)).all()
    return {trial.tasks.ids[t]: {items[i] for i in episodes.query[e]} for e, t in enumerate(episodes.task)}


def test_known_customers_are_asked_for_new_items_alone() -> None:
    """a buys a new and an old item, b only an old one, c is not known; nothing after the cut is learned from."""
    after = [("a", 12, "new1"), ("a", 12, "old9"), ("b", 12, "old1"), ("c", 12, "new2"), ("z", 3, "old9")]
    (plan,) = plans([*known("a", "b"), *after])
    assert queries(plan) == {"a": {"new1"}}
    assert plan.trials[0].items is not None
    assert plan.trials[0].items.to_list() == ["new1"]
    assert (plan.train.frame["day"] < CUT).all()


def test_first_buyers_are_learned_from_and_not_asked_for() -> None:
    """Of six buyers of one item, day after day, three may be known: the others are the query at K = 0 and at 3."""
    users = "abcdef"
    after = [(u, 11 + d, "new") for d, u in enumerate(users)]
    found = plans([*known(*users), *after])
    slices = [(plan.trials[0].slice, plan.trials[0].known) for plan in found]
    assert slices == [("all", 0), ("bought", 0), ("bought", 3)]
    assert set(queries(found[0])) == set(users)
    assert queries(found[1]) == queries(found[2]) == {u: {"new"} for u in "def"}
    learned = [plan.train.frame.filter(pl.col("item") == "new")["user"].to_list() for plan in found]
    assert learned == [[], [], ["a", "b", "c"]]


def test_a_second_purchase_is_not_a_second_buyer() -> None:
    """Three buyers, one of them twice, are not more than three."""
    after = [("a", 11, "new"), ("a", 12, "new"), ("b", 12, "new"), ("c", 13, "new")]
    assert [plan.trials[0].slice for plan in plans([*known(*"abc"), *after])] == ["all"]


def test_no_new_item_is_refused() -> None:
    """A shop that sells what it always sold."""
    with pytest.raises(DataError, match="new item"):
        plans([*known("a"), ("a", 12, "old1")])


def test_time_and_items_are_needed() -> None:
    """Rows without a moment cannot be split."""
    frame = pl.DataFrame({"user": ["a"], "item": ["x"]})
    schema = Schema((Column("user", Role.TASK), Column("item", Role.ITEM, Kind.CATEGORY)), Target.CHOICE)
    with pytest.raises(UsageError, match="time"):
        protocol("new-items")(Table("t", frame, schema), Sampling(), 0)
