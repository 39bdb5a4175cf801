"""Splits without leaks: whole groups of tasks are new, or everything after a moment is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warmstart.errors import DataError
from warmstart.tasks.taskset import TaskSet

__all__ = ["Split", "by_time", "hold_out"]

_FEWEST_GROUPS = 2


class Split(NamedTuple):
    """Tasks to learn from and tasks that were never seen."""

    train: TaskSet
    new: TaskSet


def hold_out(tasks: TaskSet, share: float, seed: int, among: np.ndarray | None = None) -> Split:
    """A random `share` of the task groups becomes new; a group never stands on both sides.

    With `among` (int64[chosen]) only these tasks can be new, and the share is one of their groups.
    Errors: `DataError` when there are fewer than two groups.
    """
    groups = tasks.groups
    among = np.arange(len(tasks)) if among is None else among
    drawn = np.unique(groups[among])
    n_groups = len(drawn)
    if n_groups < _FEWEST_GROUPS:
        expected = f"at least {_FEWEST_GROUPS} independent groups"
        raise DataError("too few tasks to hold any out", expected=expected, got=n_groups)
    n_new = min(max(round(share * n_groups), 1), n_groups - 1)
    new = np.isin(groups, np.random.default_rng(seed).permutation(drawn)[:n_new])
    return Split(tasks.take(np.flatnonzero(~new)), tasks.take(among[new[among]]))


def by_time(tasks: TaskSet, moment: int) -> Split:
    """Rows known before `moment` (ticks of `TaskSet.moments`) to learn from; new are tasks with all rows from it on.

    A task whose group has a row before the moment is on neither side as new: its siblings were learned from, and tasks
    of one group are not independent. Errors: `DataError` when there are no rows.
    """
    moments = tasks.moments
    if not len(moments):
        raise DataError("no rows to split by time")
    groups = tasks.groups
    known = groups[moments[tasks.offsets[:-1]] < moment]
    return Split(tasks.where(tasks.known < moment), tasks.take(np.flatnonzero(~np.isin(groups, known))))
