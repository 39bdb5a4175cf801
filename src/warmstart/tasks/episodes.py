"""`Episodes`: which rows of a task are its support and which its query; drawn for all tasks at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.ragged import Ragged, expand, runs
from warmstart.types import Query, Rows, Support

__all__ = ["Batch", "Episodes", "Order", "at_cut", "buckets", "draw", "gather", "opening", "times_asked"]

Order = Literal["random", "time", "session", "moments"]
"""How support comes before query: any rows; rows before a cut in time; rows of the first moment before later ones;
rows of a few first moments, at most half of them, before later ones."""


_ENOUGH_EPISODES = 128
_MOST_TIMES = 8


def times_asked(tasks: int) -> int:
    """How often each of so many tasks is asked: several times where they are few, since supports are chance."""
    return min(_MOST_TIMES, max(1, -(-_ENOUGH_EPISODES // max(tasks, 1))))


@dataclass(frozen=True)
class Episodes:
    """Episode e asks task `task[e]`; supports are nested: at k shots `given[e]` and the first k of `support[e]`."""

    task: np.ndarray
    """int64[episodes]"""
    support: Ragged
    """Row indices into the `TaskArrays`, one list an episode."""
    query: Ragged
    """Row indices into the `TaskArrays`, one list an episode; never empty, never in the support."""
    given: Ragged | None = None
    """Row indices into the `TaskArrays`, one list an episode: rows of other domains, told at every k; None for none."""
    shot: np.ndarray | None = None
    """int64[support rows]: the shot, from 0 and rising, that each support row came with; None where each is its own."""
    span: int = 1
    """Most rows of a shot, and of what counts as one query, where rows are told and asked in units."""

    def __len__(self) -> int:
        return len(self.task)

    def take(self, episodes: np.ndarray) -> Episodes:
        """These episodes (int64[chosen]), in this order."""
        support = self.support.take(episodes)
        given = None if self.given is None else self.given.take(episodes)
        shot = None if self.shot is None else Ragged(self.shot, self.support.offsets).take(episodes).values
        return Episodes(self.task[episodes], support, self.query.take(episodes), given, shot, self.span)

    def shown(self, k: int | np.ndarray) -> Episodes:
        """The same episodes whose support is all that is told at `k` shots (one for all, or int64[episodes])."""
        shot = self.support.position if self.shot is None else self.shot
        support = self.support.where(shot < np.repeat(np.broadcast_to(k, len(self)), self.support.lengths))
        support = support if self.given is None else support.then(self.given)
        return Episodes(self.task, support, self.query, span=self.span)


class Batch(NamedTuple):
    """Episodes padded to one size, ready for a learner."""

    descriptor: Rows
    """leading axis [tasks]"""
    support: Support
    """leading axes [tasks, support]; oldest row first; padding stands last and has weight 0"""
    query: Query
    """leading axes [tasks, query]"""
    y: np.ndarray
    """float32[tasks, query]"""
    mask: np.ndarray
    """float32[tasks, query]: weight of each query row; 0 marks padding"""


def draw(
    arrays: TaskArrays,
    order: Order,
    rng: np.random.Generator,
    *,
    shots: int,
    queries: int,
    tasks: np.ndarray | None = None,
    least: int = 0,
    left: int | None = None,
) -> Episodes:
    """One episode from each task (int64[chosen], all by default) that has rows for both sides.

    `shots` and `queries` are upper limits, `least` the smallest support that counts. With order "random" the support
    leaves at least `left` rows of a task, by default a third; with "time" a random cut lies between two moments, the
    support being the rows just before it (latest first) and the query the rows just after; with "session" the support
    comes from the first moment, shuffled, and the query from all later ones; with "moments" it comes from a random
    number of first moments, half of all or fewer. Where there is a catalogue, an item stands once in a support and once
    in a query. Rows of other domains are given: all, or in time those before the query. But for order "random", rows
    whose targets are not known before the first query are not told.

    Where rows come in units, all of this holds for units, each at the moment of its first row: none lies on both sides,
    and all limits count units.
    """
    tasks = np.arange(arrays.n_tasks) if tasks is None else tasks
    tasks, rows, given = _askable(arrays, tasks)
    before, rank = _ORDERS[order](rows, arrays.time[rows.values], rng, _Limits(shots, least, left))
    cut = None if order == "random" or not len(arrays.known) else _first_moment(rows, ~before, arrays.time)
    told = before if cut is None else before & (arrays.known[rows.values] < np.repeat(cut, rows.lengths))
    support = _sorted(rows.where(told), rank[told])
    query = _sorted(rows.where(~before), rank[~before])
    if arrays.spec.items:
        support, query = _distinct(support, arrays.item), _distinct(query, arrays.item)
    usable = np.flatnonzero((query.lengths > 0) & (support.lengths >= least))
    support, query = support.take(usable).first(shots), query.take(usable).first(queries)
    if given is not None:
        given = given.take(usable)
        given = given if order == "random" else _earlier(given, query, arrays.time)
    episodes = Episodes(tasks[usable], support, query, given)
    return _in_units(episodes, arrays, None if cut is None else cut[usable])


def _askable(arrays: TaskArrays, tasks: np.ndarray) -> tuple[np.ndarray, Ragged, Ragged | None]:
    """Tasks with rows that can be asked, those rows, and the rows that are given; None where there is one domain.

    Of a unit, its first row stands for all.
    """
    shape = Ragged.from_lengths(arrays.sizes[tasks])
    rows = _leads(Ragged(expand(arrays.offsets[tasks], shape), shape.offsets), arrays)
    given = None
    if len(arrays.foreign):
        foreign = arrays.given[rows.values]
        rows, given = rows.where(~foreign), _distinct(rows.where(foreign), arrays.item)
    kept = np.flatnonzero(rows.lengths)
    return tasks[kept], rows.take(kept), None if given is None else given.take(kept)


def _earlier(given: Ragged, query: Ragged, time: np.ndarray) -> Ragged:
    """What is given before the first moment of each query."""
    first = np.minimum.reduceat(time[query.values], query.offsets[:-1]) if len(query) else np.zeros(0, np.int64)
    return given.where(time[given.values] < np.repeat(first, given.lengths))


def _leads(rows: Ragged, arrays: TaskArrays) -> Ragged:
    """Of every unit its first row; all rows where there are no units."""
    return rows if arrays.units is None else rows.where(arrays.units.leads[rows.values])


def _first_moment(rows: Ragged, asked: np.ndarray, time: np.ndarray) -> np.ndarray:
    """int64[lists]: first moment among the rows of each list at which `asked` (bool[total]) holds; else the last."""
    found = np.full(len(rows), np.iinfo(np.int64).max)
    np.minimum.at(found, rows.owner[asked], time[rows.values[asked]])
    return found


def _in_units(episodes: Episodes, arrays: TaskArrays, cut: np.ndarray | None) -> Episodes:
    """First rows of units replaced by all their rows; of a support by those that are known before `cut` [episodes]."""
    units, support, query = arrays.units, episodes.support, episodes.query
    shot, span = support.position if episodes.shot is None else episodes.shot, 1
    if units is not None:
        support, of_lead = units.whole(support)
        query, shot, span = units.whole(query)[0], shot[of_lead], units.span
    if cut is not None:
        told = arrays.known[support.values] < np.repeat(cut, support.lengths)
        support, shot = support.where(told), shot[told]
    return replace(episodes, support=support, query=query, shot=shot, span=span)


class _Limits(NamedTuple):
    """Most support rows, fewest, and how many rows a random support leaves."""

    shots: int
    least: int
    left: int | None


def _random(
    rows: Ragged, _moment: np.ndarray, rng: np.random.Generator, limits: _Limits
) -> tuple[np.ndarray, np.ndarray]:
    rank = rng.random(len(rows.values))
    place = np.empty(len(rank), dtype=np.int64)
    place[_rising_in_lists(rows, rank)] = rows.position
    left = -(-rows.lengths // 3) if limits.left is None else limits.left
    limit = np.minimum(limits.shots, rows.lengths - left)
    return place < np.repeat(limit, rows.lengths), rank


def _time(rows: Ragged, moment: np.ndarray, rng: np.random.Generator, limits: _Limits) -> tuple[np.ndarray, np.ndarray]:
    # A cut falls before a row that starts a new moment, so that equal times never lie on both sides.
    lowest = np.minimum(limits.least, rows.lengths - 1)
    at = lowest + np.floor(rng.random(len(rows)) * (rows.lengths - lowest)).astype(np.int64)
    before = moment < np.repeat(moment[rows.offsets[:-1] + at], rows.lengths)
    place = rows.position.astype(float)
    return before, np.where(before, -place, place)


def _session(
    rows: Ragged, moment: np.ndarray, rng: np.random.Generator, _limits: _Limits
) -> tuple[np.ndarray, np.ndarray]:
    return moment == np.repeat(moment[rows.offsets[:-1]], rows.lengths), rng.random(len(moment))


def _moments(
    rows: Ragged, moment: np.ndarray, rng: np.random.Generator, _limits: _Limits
) -> tuple[np.ndarray, np.ndarray]:
    number = runs(rows, moment)
    moments = number[rows.offsets[1:] - 1] + 1
    taken = 1 + np.floor(rng.random(len(rows)) * np.maximum(moments // 2, 1)).astype(np.int64)
    return number < np.repeat(taken, rows.lengths), rows.position.astype(float)


_ORDERS = {"random": _random, "time": _time, "session": _session, "moments": _moments}


def at_cut(arrays: TaskArrays, moment: int, *, shots: int, least: int, until: int | None = None) -> Episodes:
    """One episode from each task: at most `shots` rows before `moment`, the latest first → all rows from it on.

    With `until` only rows before that moment are asked. Only tasks with `least` rows before the cut and one to be asked
    have an episode. Units count by their first row; rows whose targets are known only later are not told.
    """
    rows = _leads(Ragged(np.arange(len(arrays.time)), arrays.offsets), arrays)
    time, place = arrays.time[rows.values], rows.position.astype(float)
    before = told = time < moment
    if len(arrays.known):
        told = before & (arrays.known[rows.values] < moment)
    support = _sorted(rows.where(told), -place[told])
    query = rows.where(~before if until is None else ~before & (time < until))
    usable = np.flatnonzero((query.lengths > 0) & (support.lengths >= least))
    episodes = Episodes(usable, support.take(usable).first(shots), query.take(usable))
    return _in_units(episodes, arrays, np.full(len(episodes), moment) if len(arrays.known) else None)


def opening(arrays: TaskArrays, most: int) -> Episodes:
    """One episode from each task of two moments or more: its first `most` moments, half of all or fewer → later ones.

    A moment is a shot: the first k of them are a k-shot support. An item stands once in a support and in a query. Units
    count by their first row; rows whose targets are known only after the first query's moment are not told.
    """
    tasks = np.flatnonzero(arrays.sizes > 0)
    shape = Ragged.from_lengths(arrays.sizes[tasks])
    rows = _leads(Ragged(expand(arrays.offsets[tasks], shape), shape.offsets), arrays)
    number = runs(rows, arrays.time[rows.values])
    half = (number[rows.offsets[1:] - 1] + 1) // 2
    before = number < np.repeat(np.minimum(most, half), rows.lengths)
    support, query = rows.where(before), rows.where(~before)
    if arrays.spec.items:
        support, query = _distinct(support, arrays.item), _distinct(query, arrays.item)
    shot = np.zeros(len(arrays.time), np.int64)
    shot[rows.values] = number
    kept = np.flatnonzero(support.lengths > 0)
    episodes = Episodes(tasks, support, query, shot=shot[support.values]).take(kept)
    return _in_units(episodes, arrays, _first_moment(rows, ~before, arrays.time)[kept] if len(arrays.known) else None)


def _sorted(lists: Ragged, rank: np.ndarray) -> Ragged:
    """The same lists, each by rising rank."""
    return Ragged(lists.values[_rising_in_lists(lists, rank)], lists.offsets)


def _rising_in_lists(lists: Ragged, rank: np.ndarray) -> np.ndarray:
    """int64[total]: places of the values, list by list, each by rising rank; one sort of one key is the fastest."""
    span = np.ptp(rank) + 1 if len(rank) else 1
    return np.argsort(lists.owner * span + (rank - rank.min(initial=np.inf)))


def _distinct(lists: Ragged, item: np.ndarray) -> Ragged:
    """The same lists with only the first row of each item."""
    own = item[lists.values] + 1  # from 0, the item that is in no catalogue
    key = lists.owner * (int(item.max(initial=0)) + 2) + own
    keep = np.zeros(len(key), dtype=bool)
    keep[np.unique(key, return_index=True)[1]] = True
    return lists.where(keep)


def gather(arrays: TaskArrays, episodes: Episodes, k: int, *, queries: int | None = None) -> Batch:
    """Episodes as one padded batch: the first `k` support rows and all (or the first `queries`) query rows of each.

    Where rows come in units, `k` and `queries` count units, each padded to the longest.
    Support rows stand in the order of the arrays, oldest first, whichever were chosen first. Catalogue rows are not
    copied: there `x` is empty and `item` says which catalogue row is meant.
    """
    width = queries * episodes.span if queries else int(episodes.query.lengths.max(initial=1))
    support, query = _rising(episodes.support.padded(k * episodes.span)), episodes.query.padded(width)
    filled, asked = support >= 0, query >= 0
    support, query = np.maximum(support, 0), np.maximum(query, 0)
    return Batch(
        take_rows(arrays.descriptor, episodes.task),
        Support(
            take_rows(arrays.x, support),
            np.where(filled, arrays.item[support], -1),
            np.where(filled, arrays.y[support], 0).astype(np.float32),
            np.where(filled, arrays.weight[support], 0).astype(np.float32),
            np.where(filled, arrays.offset[support], 0).astype(np.float32),
            None if arrays.treated is None else arrays.treated.take(support),
        ),
        Query(take_rows(arrays.x, query), np.where(asked, arrays.item[query], -1), arrays.offset[query]),
        arrays.y[query],
        np.where(asked, arrays.weight[query], 0).astype(np.float32),
    )


def _rising(index: np.ndarray) -> np.ndarray:
    """The same lists [..., width], each sorted; -1, which is padding, last."""
    order = np.argsort(np.where(index < 0, np.iinfo(index.dtype).max, index), axis=-1, kind="stable")
    return np.take_along_axis(index, order, axis=-1)


def buckets(episodes: Episodes, k: int, largest: int) -> Iterator[tuple[np.ndarray, int]]:
    """Episodes in groups of similar support length: (int64[at most `largest`] episode indices, padded support width).

    Widths are powers of two, so that a run meets a handful of shapes and padding stays below one half; where rows come
    in units they count units.
    """
    lengths = np.minimum(-(-episodes.support.lengths // episodes.span), k)
    widths = 1 << np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64)
    for width in np.unique(widths):
        members = np.flatnonzero(widths == width)
        for start in range(0, len(members), largest):
            yield members[start : start + largest], int(width)
