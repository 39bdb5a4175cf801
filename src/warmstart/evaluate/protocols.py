"""Protocols: which tasks a model may learn from, and which episodes of which new tasks it is judged on.

All split by task (and by time where they say so), and every episode's support comes before its query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl

from warmstart.errors import DataError, NotFound, UsageError
from warmstart.evaluate._new_items import new_items
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, Order, at_cut, draw, opening, times_asked
from warmstart.tasks.ragged import Ragged
from warmstart.tasks.sampling import Sampling
from warmstart.tasks.split import by_time, hold_out
from warmstart.tasks.taskset import TaskSet

__all__ = ["PROTOCOLS", "Plan", "Trial", "protocol"]

_FEWEST_TASKS = 2
_CUTS = 3  # cuts a task, where support comes before query in time
_MOMENTS = (0, 1, 2, 5, 10)
_ALL = 1 << 30  # query rows
_NEW_USERS_SHARE = 2 / 3  # of the rows lie before the split, where no published cut-off is known


class Trial(NamedTuple):
    """New tasks, and the episodes they are asked."""

    slice: str
    tasks: TaskSet
    episodes: Callable[[TaskArrays], Episodes]
    shots: tuple[int | None, ...]
    """Support sizes in shots; None takes each episode's whole support."""
    items: pl.Series | None = None
    """What may be shown of the catalogue; None for everything."""
    known: int | None = None
    """What the report gives as the support size, where it is the items that have few rows and not the tasks."""


class Plan(NamedTuple):
    """One honest split."""

    train: TaskSet
    trials: tuple[Trial, ...]
    order: Order | None = None
    """How training asks its tasks, so that it is as the trials do; None leaves that to the sampling."""
    ahead: bool = False
    """Whether the trials ask about moments after all that is learned from."""


Protocol = Callable[[Table, Sampling, int], Sequence[Plan]]
"""One plan, or several where what may be learned from grows with the support size."""


def protocol(name: str) -> Protocol:
    """The protocol of this name. Errors: `NotFound`, offering the nearest names."""
    if name not in PROTOCOLS:
        raise NotFound("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


def _kshot(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """A share of the task groups is new; each new task is asked with nested supports of K rows."""
    if "kshot" in table.episodes:
        return _published("kshot", table.shots or (0, 1, 3, 5, 10, 20))(table, sampling, seed)
    tasks = TaskSet.of(table)
    large = np.flatnonzero(tasks.sizes >= sampling.min_rows)
    if len(large) < _FEWEST_TASKS:
        raise DataError(
            "too few tasks", expected=f"{_FEWEST_TASKS} or more with {sampling.min_rows} rows", got=len(large)
        )
    split = hold_out(tasks.take(large), sampling.new_tasks, seed)
    trial = Trial("all", split.new, lambda arrays: _drawn(arrays, sampling, seed), sampling.shots)
    return (Plan(split.train, (trial,)),)


def _drawn(arrays: TaskArrays, sampling: Sampling, seed: int) -> Episodes:
    """Three cuts in time a task, or random episodes, more of them where tasks are few; all with the largest support."""
    rng = np.random.default_rng((seed, 7))
    most = max(sampling.shots)
    cuts = [
        draw(arrays, sampling.order, rng, shots=most, queries=sampling.queries, least=most)
        for _ in range({"random": times_asked(arrays.n_tasks), "time": _CUTS}.get(sampling.order, 1))
    ]
    if not sum(len(cut) for cut in cuts):
        raise DataError(
            "no new task has enough rows",
            expected=f"{most} support rows and a query row",
            got=f"at most {arrays.sizes.max(initial=0)} rows",
        )
    return _together(cuts)


def _together(parts: list[Episodes]) -> Episodes:
    def stack(lists: list[Ragged]) -> Ragged:
        lengths = np.concatenate([part.lengths for part in lists])
        return Ragged(np.concatenate([part.values for part in lists]), Ragged.from_lengths(lengths).offsets)

    given = [part.given for part in parts if part.given is not None]
    shots = [part.shot for part in parts if part.shot is not None]
    return Episodes(
        np.concatenate([part.task for part in parts]),
        stack([part.support for part in parts]),
        stack([part.query for part in parts]),
        stack(given) if given else None,
        np.concatenate(shots) if shots else None,
        parts[0].span,
    )


def _new_users(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """Rows before a cut-off to learn from; new are tasks first seen after it, asked after their first moment (T1)."""
    tasks = TaskSet.of(table)
    split = by_time(tasks, _cutoff(table, tasks, "new-users"))
    shots = tuple(k for k in (0, 1, 3, 5, 10, 20) if k <= max(sampling.shots))

    def asked(arrays: TaskArrays) -> Episodes:
        rng = np.random.default_rng((seed, 7))
        return draw(arrays, "session", rng, shots=max(shots), queries=_ALL, least=1)

    return (Plan(split.train, (Trial("all", split.new, asked, shots),), "session"),)


def _new_items(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """Known customers are asked for items first sold after a cut-off, of which the first K buyers are known (T2)."""
    if table.schema.item is None:
        raise UsageError("protocol 'new-items' needs a column with the role 'item'")
    tasks = TaskSet.of(table)
    cutoff = _cutoff(table, tasks, "new-items")
    shots = tuple(k for k in (0, 3, 5, 10) if k <= max(sampling.shots))
    return [
        Plan(new.train, (Trial(new.slice, new.asked, new.episodes, (None,), new.items, new.k),), "session")
        for new in new_items(tasks, cutoff, shots, seed)
    ]


def _next_rows(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """A share of the task groups is new; of the others the rows before a cut-off are learned from.

    A new task is asked for all its rows from the cut-off on, by its latest K before it.
    """
    tasks = TaskSet.of(table)
    cutoff = _cutoff(table, tasks, "next-rows")
    split, most = hold_out(tasks, sampling.new_tasks, seed), max(sampling.shots)

    def asked(arrays: TaskArrays) -> Episodes:
        episodes = at_cut(arrays, cutoff, shots=most, least=most)
        if not len(episodes):
            raise DataError("no new task can be asked", expected=f"{most} rows before the cut, one after", got="none")
        return episodes

    train = split.train.where(split.train.known < cutoff)
    return (Plan(train, (Trial("all", split.new, asked, sampling.shots),)),)


def _next_periods(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """A forecast: a share of the task groups is new; of the others only the rows before a cut are learned from.

    A new task is asked for its rows of the next `queries` periods by its latest K before the cut; a period is a moment
    of the table. The first seed asks the last periods, each further one as many periods earlier, never in the first
    half (rolling origin: Tashman 2000).
    """
    tasks, length = TaskSet.of(table), sampling.queries
    if table.schema.time is None:
        raise UsageError("protocol 'next-periods' needs a column with the role 'time'")
    periods = np.unique(tasks.moments)
    origins = len(periods) // 2 // length
    if not origins:
        expected = f"twice as many as are asked (split.queries = {length})"
        raise DataError("too few periods", column=table.schema.time, expected=expected, got=len(periods))
    end = len(periods) - length * (seed % origins)
    cut, until = int(periods[end - length]), int(periods[end]) if end < len(periods) else None
    split, most = hold_out(tasks, sampling.new_tasks, seed), max(sampling.shots)

    def asked(arrays: TaskArrays) -> Episodes:
        episodes = at_cut(arrays, cut, shots=most, least=most, until=until)
        if not len(episodes):
            raise DataError("no new task can be asked", expected=f"{most} rows before the cut, one after", got="none")
        return episodes

    train = split.train.where(split.train.known < cut)
    return (Plan(train, (Trial("all", split.new, asked, sampling.shots),), ahead=True),)


def _new_tasks(table: Table, _sampling: Sampling, _seed: int) -> Sequence[Plan]:
    """Rows before a cut-off to learn from; new are tasks first seen after it, asked after their first K moments."""
    tasks = TaskSet.of(table)
    split = by_time(tasks, _cutoff(table, tasks, "new-tasks"))

    def asked(arrays: TaskArrays) -> Episodes:
        episodes = opening(arrays, max(_MOMENTS))
        if not len(episodes):
            raise DataError("no new task has two moments", expected="rows of a first and of a later one", got="none")
        return episodes

    return (Plan(split.train, (Trial("all", split.new, asked, _MOMENTS),), "moments"),)


def _later_tasks(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """Rows before a cut-off to learn from; new are tasks that begin after it, asked for all rows but K of a pilot.

    The pilot is drawn as the sampling says: at random where all rows of a task are of one moment.
    """
    tasks = TaskSet.of(table)
    split = by_time(tasks, _cutoff(table, tasks, "later-tasks"))
    whole = replace(sampling, queries=_ALL)
    return (Plan(split.train, (Trial("all", split.new, lambda arrays: _drawn(arrays, whole, seed), sampling.shots),)),)


def _cutoff(table: Table, tasks: TaskSet, name: str) -> int:
    """The published moment of the split, or that before which two thirds of the rows lie."""
    if table.schema.time is None:
        raise UsageError(f"protocol {name!r} needs a column with the role 'time'")
    if table.cutoff is not None:
        return int(pl.Series([table.cutoff], dtype=table.frame[table.schema.time].dtype).to_physical()[0])
    moments = np.sort(tasks.moments)
    return int(moments[int(len(moments) * _NEW_USERS_SHARE)])


def _new_in_domain(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
    """Of the tasks with rows in the target domain and in another, a share of the groups is new as a whole.

    All that a new task has in other domains is told at every K, and K of its target rows; the query is the rest of
    them. Only tasks with more target rows than the largest K are drawn.
    """
    if not table.schema.domain:
        raise UsageError("protocol 'new-in-domain' needs split.domain and split.target_domain")
    tasks, most = TaskSet.of(table), max(sampling.shots)
    target = np.add.reduceat(tasks.asked, tasks.offsets[:-1], dtype=np.int64)
    both = np.flatnonzero((target > most) & (target < tasks.sizes))
    if len(both) < _FEWEST_TASKS:
        raise DataError(
            "too few tasks are known in two domains",
            column=table.schema.domain,
            expected=f"{_FEWEST_TASKS} with {most + 1} rows in {table.schema.target_domain!r} and one elsewhere",
            got=len(both),
        )
    split = hold_out(tasks, sampling.new_tasks, seed, among=both)

    def asked(arrays: TaskArrays) -> Episodes:
        rng = np.random.default_rng((seed, 7))
        return draw(arrays, sampling.order, rng, shots=most, queries=sampling.queries, least=most, left=1)

    return (Plan(split.train, (Trial("all", split.new, asked, sampling.shots),)),)


def _published(name: str, shots: tuple[int | None, ...], train: str = "train") -> Protocol:
    """Episodes that a data set brings along, and under the name `train` the pairs of its training rows."""

    def plan(table: Table, sampling: Sampling, seed: int) -> Sequence[Plan]:
        if name not in table.episodes:
            raise UsageError(
                f"data set {table.name!r} brings no {name!r} episodes; use protocol 'kshot' or 'new-users'"
            )
        episodes = table.episodes[name]
        if table.schema.item is None:
            rows = replace(table, frame=table.frame[table.episodes[train]["row"]])
            return (Plan(TaskSet.of(rows), (_rows_trial(table, episodes, shots),)),)
        slices = [s for s in episodes["slice"].unique(maintain_order=True) if _by_user(episodes, s)]
        trials = tuple(_as_trial(table, episodes.filter(pl.col("slice") == s), s, shots) for s in slices)
        return (Plan(TaskSet.of(_training_rows(table, train)), trials),)

    return plan


def _rows_trial(table: Table, episodes: pl.DataFrame, shots: tuple[int | None, ...]) -> Trial:
    """One episode a task, of rows named by their place in the table: its support in its order, then its query."""
    ordered = episodes.sort(pl.col("role") == "query", "position", maintain_order=True)
    frame = table.frame[ordered["row"]].with_columns(ordered["role"])
    tasks = TaskSet.of(replace(table, frame=frame.drop("role")))
    keys = [*table.schema.task, *([table.schema.time] if table.schema.time else [])]
    query = frame.sort(keys, maintain_order=True)["role"].to_numpy() == "query"
    rows = Ragged(np.arange(frame.height), tasks.offsets)
    drawn = Episodes(np.arange(len(tasks)), rows.where(~query), rows.where(query))
    return Trial("all", tasks, lambda arrays: drawn, shots)


def _by_user(episodes: pl.DataFrame, part: str) -> bool:
    """Whether each episode of a slice asks one task (in K-shot item slices it asks an item about many users)."""
    return bool(
        episodes.filter(pl.col("slice") == part).group_by("episode").agg(pl.col("task").n_unique())["task"].max() == 1
    )


def _training_rows(table: Table, train: str) -> Table:
    pairs = table.episodes[train].rename({"task": table.schema.task[0], "item": str(table.schema.item)})
    return replace(table, frame=table.frame.join(pairs, on=pairs.columns, how="semi", maintain_order="left"))


def _as_trial(table: Table, episodes: pl.DataFrame, part: str, shots: tuple[int | None, ...]) -> Trial:
    """Each episode becomes a task of its own: its support rows in their order, then its query rows."""
    schema = table.schema
    task, item = schema.task[0], str(schema.item)
    ordered = episodes.sort("episode", pl.col("role") == "query", "position", maintain_order=True)
    described = table.frame.unique(task, keep="first").drop(item, str(schema.target))
    rows = ordered.rename({"task": task, "item": item, "target": str(schema.target)}).join(
        described, on=task, how="left", maintain_order="left"
    )
    kept = [c for c in schema.used if c in table.frame.columns]
    frame = rows.with_columns(pl.col("episode").alias(task)).select(*kept, "role")
    tasks = TaskSet.of(replace(table, frame=frame.drop("role")))
    query = frame.sort(task, maintain_order=True)["role"].to_numpy() == "query"
    rows_of_task = Ragged(np.arange(frame.height), tasks.offsets)
    drawn = Episodes(np.arange(len(tasks)), rows_of_task.where(~query), rows_of_task.where(query))
    return Trial(part, tasks, lambda arrays: drawn, shots)


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "kshot": _kshot,
        "later-tasks": _later_tasks,
        "melu": _published("melu", (None,)),
        "melu-validation": _published("melu-validation", (None,), "melu-validation train"),
        "new-in-domain": _new_in_domain,
        "new-users": _new_users,
        "new-items": _new_items,
        "new-tasks": _new_tasks,
        "next-periods": _next_periods,
        "next-rows": _next_rows,
    }
)
