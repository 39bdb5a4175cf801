"""Episodes: what they promise for every order, and the same as one naive loop over tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, Order, at_cut, buckets, draw, gather, opening
from warmstart.tasks.ragged import Ragged

Make = Callable[..., TaskArrays]
ORDERS: tuple[Order, ...] = ("random", "time", "session", "moments")


class World(NamedTuple):
    """Tasks of 0 to 8 rows with few moments and few items, so that ties and repeats are common; limits; a seed."""

    sizes: list[int]
    time: list[int]
    item: list[int] | None
    shots: int
    queries: int
    least: int
    seed: int


@st.composite
def worlds(pick: st.DrawFn) -> World:
    """Any tiny world; items from -1, which is in no catalogue."""
    sizes = pick(st.lists(st.integers(0, 8), min_size=1, max_size=5))
    time = [t for n in sizes for t in sorted(pick(st.lists(st.integers(0, 3), min_size=n, max_size=n)))]
    items = st.lists(st.integers(-1, 4), min_size=len(time), max_size=len(time))
    limits = [pick(st.integers(low, high)) for low, high in ((0, 5), (1, 5), (0, 3))]
    return World(sizes, time, pick(st.none() | items), *limits, pick(st.integers(0, 9)))


def drawn(make: Make, world: World, order: Order) -> tuple[TaskArrays, Episodes]:
    """The arrays of a world and one draw."""
    arrays = make(world.sizes, world.time, world.item, items=0 if world.item is None else 5)
    rng = np.random.default_rng(world.seed)
    return arrays, draw(arrays, order, rng, shots=world.shots, queries=world.queries, least=world.least)


def naive(arrays: TaskArrays, world: World, order: Order) -> dict[int, tuple[list[int], list[int]]]:
    """The documented rule, one task after the other, from the same random numbers."""
    rng = np.random.default_rng(world.seed)
    per_row = rng.random(len(arrays.y)) if order in ("random", "session") else None
    filled = np.flatnonzero(arrays.sizes).tolist()
    per_task = {} if per_row is not None else dict(zip(filled, rng.random(len(filled)), strict=True))
    found = {}
    for t in filled:
        rows = list(range(arrays.offsets[t], arrays.offsets[t + 1]))
        time = arrays.time
        if order == "time":
            low = min(world.least, len(rows) - 1)
            cut = time[rows[low + int(per_task[t] * (len(rows) - low))]]
            support = [r for r in reversed(rows) if time[r] < cut]
            query = [r for r in rows if time[r] >= cut]
        elif order == "moments":
            moments = sorted({time[r] for r in rows})
            early = moments[: 1 + int(per_task[t] * max(len(moments) // 2, 1))]
            support = [r for r in rows if time[r] in early]
            query = [r for r in rows if time[r] not in early]
        else:
            assert per_row is not None
            shuffled = sorted(rows, key=lambda r: per_row[r])
            n = min(world.shots, len(rows) * 2 // 3)
            support = shuffled[:n] if order == "random" else [r for r in shuffled if time[r] == time[rows[0]]]
            query = [r for r in shuffled if r not in support]
        if arrays.spec.items:
            support, query = distinct(support, arrays.item), distinct(query, arrays.item)
        if query and len(support) >= world.least:
            found[t] = support[: world.shots], query[: world.queries]
    return found


def distinct(rows: list[int], item: np.ndarray) -> list[int]:
    """The first row of each item."""
    return [r for i, r in enumerate(rows) if item[r] not in item[rows[:i]]]


@pytest.mark.parametrize("order", ORDERS)
def test_equals_a_naive_loop(order: Order, arrays: Make) -> None:
    """Drawn for all tasks at once, each episode is what a loop over tasks would make."""

    @given(worlds())
    def check(world: World) -> None:
        made, episodes = drawn(arrays, world, order)
        got = {int(t): (episodes.support[e].tolist(), episodes.query[e].tolist()) for e, t in enumerate(episodes.task)}
        assert got == naive(made, world, order)
        assert episodes.task.tolist() == sorted(got)

    check()


@pytest.mark.parametrize("order", ORDERS)
def test_promises(order: Order, arrays: Make) -> None:
    """Own rows only, none on both sides, within the limits, and in time support strictly before query."""

    @given(worlds())
    def check(world: World) -> None:
        made, episodes = drawn(arrays, world, order)
        for e, task in enumerate(episodes.task):
            support, query = episodes.support[e].tolist(), episodes.query[e].tolist()
            own = range(made.offsets[task], made.offsets[task + 1])
            assert set(support) | set(query) <= set(own)
            assert len({*support, *query}) == len(support) + len(query)
            assert len(support) <= world.shots
            assert 1 <= len(query) <= world.queries
            if order != "random" and support:
                assert max(made.time[support]) < min(made.time[query])
            if order == "session" and support:
                assert {made.time[r] for r in support} == {made.time[own[0]]}
            if world.item is not None:
                assert len({made.item[r] for r in support}) == len(support)
                assert len({made.item[r] for r in query}) == len(query)

    check()


@pytest.mark.parametrize("order", ORDERS)
def test_same_seed_same_episodes(order: Order, arrays: Make) -> None:
    """Chance comes from the generator alone."""
    made = arrays([9] * 30, [0, 0, 1, 1, 2, 2, 3, 3, 3] * 30)
    first, again, other = (
        draw(made, order, np.random.default_rng(seed), shots=4, queries=4).support.values.tolist() for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_supports_are_nested(arrays: Make) -> None:
    """The k-shot support holds the first k rows of the larger one."""
    made = arrays([9] * 5)
    episodes = draw(made, "random", np.random.default_rng(0), shots=5, queries=3)
    large, small = (gather(made, episodes, k).support.y for k in (5, 2))
    assert large.shape == (5, 5)
    for e in range(5):
        assert set(small[e]) == set(episodes.support[e][:2]) < set(large[e])


def test_gathered_supports_are_in_time_order(arrays: Make) -> None:
    """Of a support that lists the latest row first, the k latest are kept and stand oldest first, padding last."""
    made = arrays([10, 4], [*range(10), 0, 1, 2, 3])
    latest = Ragged(np.array([6, 5, 4, 3, 11, 10]), np.array([0, 4, 6]))
    episodes = Episodes(np.array([0, 1]), latest, Ragged(np.array([7, 12]), np.array([0, 1, 2])))
    support = gather(made, episodes, 3).support
    assert support.y.tolist() == [[4, 5, 6], [10, 11, 0]]
    assert support.x.numbers[1, :2, 0].tolist() == [10, 11]
    assert support.weight.tolist() == [[1, 1, 1], [1, 1, 0]]


def test_time_cut_reaches_every_place(arrays: Make) -> None:
    """With `least` rows known, every later cut between two moments comes up, and no other."""
    made = arrays([5] * 400, [0, 1, 1, 2, 3] * 400)
    episodes = draw(made, "time", np.random.default_rng(0), shots=9, queries=9, least=1)
    assert set(episodes.support.lengths.tolist()) == {1, 3, 4}
    assert (episodes.support.lengths + episodes.query.lengths == 5).all()


def test_time_support_is_the_nearest_past(arrays: Make) -> None:
    """Of a long past the latest rows count, latest first; of the future the next ones."""
    made = arrays([10], list(range(10)))
    episodes = draw(made, "time", np.random.default_rng(3), shots=2, queries=2, least=4)
    support, query = episodes.support[0], episodes.query[0]
    assert support.tolist() == [query[0] - 1, query[0] - 2]
    assert query[1] == query[0] + 1


def test_chosen_tasks(arrays: Make) -> None:
    """Tasks may be chosen, in any order and more than once; each draw is its own."""
    made = arrays([6, 6, 6])
    episodes = draw(made, "random", np.random.default_rng(0), shots=3, queries=9, tasks=np.array([2, 0, 2]))
    assert episodes.task.tolist() == [2, 0, 2]
    assert all(made.task_of_row[episodes.support[e]].tolist() == [t] * 3 for e, t in enumerate(episodes.task))
    assert episodes.support[0].tolist() != episodes.support[2].tolist()


def test_take(arrays: Make) -> None:
    """Episodes in another order keep their lists."""
    made = arrays([6, 3, 6])
    episodes = draw(made, "random", np.random.default_rng(0), shots=3, queries=9)
    turned = episodes.take(np.array([2, 0]))
    assert turned.task.tolist() == [2, 0]
    assert turned.support[0].tolist() == episodes.support[2].tolist()
    assert turned.query[1].tolist() == episodes.query[0].tolist()


def test_gather(arrays: Make) -> None:
    """Padding has weight and mask 0, item -1 and target 0; real rows come with their own values."""
    made = arrays([4, 2], item=[0, 1, 2, 3, 4, 0], items=5)
    episodes = Episodes(
        np.array([0, 1]),
        Ragged(np.array([3, 1]), np.array([0, 2, 2])),
        Ragged(np.array([0, 5, 4]), np.array([0, 1, 3])),
    )
    batch = gather(made, episodes, 3)
    assert batch.support.y.tolist() == [[1, 3, 0], [0, 0, 0]]
    assert batch.support.weight.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert batch.support.item.tolist() == [[1, 3, -1], [-1, -1, -1]]
    assert batch.query.item.tolist() == [[0, -1], [0, 4]]
    assert batch.mask.tolist() == [[1, 0], [1, 1]]
    assert batch.y[1].tolist() == [5, 4]
    assert gather(made, episodes, 1, queries=1).mask.tolist() == [[1], [1]]


def test_gather_without_support(arrays: Make) -> None:
    """k = 0 has no support axis to speak of."""
    made = arrays([4, 2])
    episodes = draw(made, "random", np.random.default_rng(0), shots=2, queries=2)
    assert gather(made, episodes, 0).support.y.shape == (2, 0)


def test_buckets(arrays: Make) -> None:
    """Every episode once, in widths of powers of two that are less than twice its support, in limited groups."""
    lengths = np.array([0, 1, 2, 3, 5, 8, 9, 9, 9])
    support = Ragged.from_lengths(lengths)
    episodes = Episodes(np.arange(9), support, Ragged.from_lengths(np.ones(9, np.int64)))
    groups = list(buckets(episodes, 8, largest=3))
    assert sorted(np.concatenate([members for members, _ in groups]).tolist()) == list(range(9))
    for members, width in groups:
        assert len(members) <= 3
        used = np.minimum(lengths[members], 8)
        assert (used <= width).all()
        assert (np.maximum(used, 1) * 2 > width).all()


def two_domains(make: Make, time: list[int] | None = None) -> TaskArrays:
    """Items 0 … 3 are foreign: the first task has four such rows, then four of its own, the second two and one."""
    made = make([8, 3], time, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 4], items=8)
    return replace(made, foreign=np.arange(8) < 4)


def test_rows_of_other_domains_are_given(arrays: Make) -> None:
    """They are told at every k, count as no shot and are never asked; -1, which is in no catalogue, is not foreign."""
    made = two_domains(arrays)
    episodes = draw(made, "random", np.random.default_rng(0), shots=3, queries=9, least=3, left=1)
    assert episodes.task.tolist() == [0]
    assert sorted([*episodes.support[0].tolist(), *episodes.query[0].tolist()]) == [4, 5, 6, 7]
    for k in (0, 1, 3):
        told = episodes.shown(k)
        assert told.given is None
        assert told.support[0].tolist() == [*episodes.support[0][:k].tolist(), 0, 1, 2, 3]
        assert told.query[0].tolist() == episodes.query[0].tolist()
    assert replace(made, item=np.full(11, -1, np.int32)).given.tolist() == [False] * 11
    assert not draw(replace(made, foreign=np.ones(8, bool)), "random", np.random.default_rng(0), shots=1, queries=1)


def test_given_rows_are_earlier_than_the_query(arrays: Make) -> None:
    """In time, what another domain tells later than the first query row is left out."""
    made = two_domains(arrays, [*range(8), 0, 1, 2])
    made = replace(made, item=np.array([0, 1, 4, 2, 5, 6, 7, 3, 0, 1, 4], np.int32))

    episodes = draw(made, "time", np.random.default_rng(0), shots=3, queries=9, least=1)
    first = made.time[episodes.query[0]].min()
    assert episodes.given is not None
    assert episodes.given[0].tolist() == [r for r in (0, 1, 3, 7) if r < first]


def test_shots_of_each_episode(arrays: Make) -> None:
    """Each episode may be shown a number of its own."""
    episodes = draw(arrays([9] * 3), "random", np.random.default_rng(0), shots=5, queries=3)
    shown = episodes.shown(np.array([0, 2, 9]))
    assert shown.support.lengths.tolist() == [0, 2, 5]


def test_opening_by_hand(arrays: Make) -> None:
    """Five moments: two of them are support, a moment a shot; two moments: one; one moment alone is not asked."""
    made = arrays([7, 2, 2], [0, 0, 1, 2, 3, 4, 4, 0, 5, 6, 6])
    episodes = opening(made, 9)
    assert episodes.task.tolist() == [0, 1]
    assert [episodes.support[e].tolist() for e in range(2)] == [[0, 1, 2], [7]]
    assert [episodes.query[e].tolist() for e in range(2)] == [[3, 4, 5, 6], [8]]
    for k, told in enumerate([[], [0, 1], [0, 1, 2], [0, 1, 2]]):
        assert episodes.shown(k).support[0].tolist() == told
        assert episodes.shown(k).query[0].tolist() == [3, 4, 5, 6]
    assert episodes.take(np.array([1, 0])).shown(1).support.values.tolist() == [7, 0, 1]
    assert opening(made, 1).support[0].tolist() == [0, 1]


def test_opening_folds_items(arrays: Make) -> None:
    """An item that came with the first moment and again with the second came with the first."""
    made = arrays([6], [0, 1, 1, 2, 3, 3], [4, 4, 2, 3, 3, 1], items=5)
    episodes = opening(made, 9)
    assert episodes.support[0].tolist() == [0, 2]
    assert episodes.query[0].tolist() == [3, 5]
    assert episodes.shown(1).support[0].tolist() == [0]


def test_a_row_is_a_shot(arrays: Make) -> None:
    """Where nothing else is said."""
    made = Episodes(
        np.array([0]), Ragged(np.array([2, 0, 1]), np.array([0, 3])), Ragged(np.array([3]), np.array([0, 1]))
    )
    assert made.shown(2).support.values.tolist() == [2, 0]


def test_at_cut_until_a_moment(arrays: Make) -> None:
    """Rows at times 0 to 5, cut before 2, until 4: the latest first are told, and rows 2 and 3 asked."""
    world = arrays([6, 2], [0, 1, 2, 3, 4, 5, 0, 1])
    episodes = at_cut(world, 2, shots=1, least=1, until=4)
    assert (episodes.task.tolist(), episodes.support[0].tolist(), episodes.query[0].tolist()) == ([0], [1], [2, 3])
    assert at_cut(world, 2, shots=1, least=1).query[0].tolist() == [2, 3, 4, 5]


def test_what_is_known_late_is_told_late(arrays: Make) -> None:
    """A loan a day, of which it is known five days later whether it was paid: on day 8 of those up to day 2 only."""
    world = arrays([10], list(range(10)))
    late = replace(world, known=np.arange(10) + 5)
    assert at_cut(world, 8, shots=2, least=2).support[0].tolist() == [7, 6]
    told = at_cut(late, 8, shots=2, least=2)
    assert (told.support[0].tolist(), told.query[0].tolist()) == ([2, 1], [8, 9])
    assert len(at_cut(late, 8, shots=4, least=4)) == 0
    for seed in range(20):
        drawn = draw(late, "time", np.random.default_rng(seed), shots=9, queries=9)
        assert (late.known[drawn.support.values] < late.time[drawn.query.values].min()).all()
    assert draw(late, "random", np.random.default_rng(0), shots=3, queries=9).support.lengths.tolist() == [3]
    first = opening(late, 5)
    assert (first.support.lengths.tolist(), first.query[0].tolist()) == ([0], [5, 6, 7, 8, 9])
