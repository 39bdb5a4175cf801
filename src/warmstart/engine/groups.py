"""`fold_groups`: which training tasks are kept apart, whole groups at a time, to stop early or to choose by."""

from __future__ import annotations

import numpy as np

from warmstart.engine.settings import Settings
from warmstart.errors import DataError
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import at_cut, draw

__all__ = ["fold_groups", "hold_out_ahead", "hold_out_groups", "hold_out_newest"]

_FEWEST = 2  # one to learn from, one to hold out


def hold_out_groups(train: TaskArrays, settings: Settings, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Tasks int64[usable] that can be asked (they have support and query), and bool[usable]: whether one is held out.

    Held out are `settings.validation` of the groups.
    Errors: `DataError` where fewer than two groups can be asked.
    """
    usable, fold = fold_groups(train, settings, rng)
    return usable, fold == 0


def fold_groups(
    train: TaskArrays, settings: Settings, rng: np.random.Generator, *, enough: int = 1, wanted: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Tasks int64[usable] that can be asked, and int64[usable]: the fold that holds each out, -1 for none.

    A fold has `settings.validation` of the groups, or `enough` where that is more and no more than a third of them;
    there are as many folds as hold `wanted` groups together, or all groups.
    Errors: `DataError` where fewer than two groups can be asked.
    """
    usable = np.unique(draw(train, settings.order, rng, shots=1, queries=1).task)
    groups = np.unique(train.group[usable])
    if len(groups) < _FEWEST:
        raise DataError(
            "too few tasks to learn from", expected="2 or more groups with support and query rows", got=len(groups)
        )
    size = max(round(settings.validation * len(groups)), min(enough, len(groups) // 3), 1)
    size = min(size, len(groups) - 1)
    folds = min(-(-wanted // size), len(groups) // size)
    fold = np.argsort(rng.permutation(len(groups))) // size
    return usable, np.where(fold < folds, fold, -1)[np.searchsorted(groups, train.group[usable])]


def hold_out_ahead(
    train: TaskArrays, held: np.ndarray, settings: Settings, fold: int
) -> tuple[TaskArrays, TaskArrays, int] | None:
    """What to learn from: other groups than those of the tasks `held` (int64[tasks]), as known before a cut; what to
    ask; and the cut.

    Asked are the next `settings.queries` moments: the last ones by the first fold, as many before them by the second,
    never any of the first half (rolling origin: Tashman 2000). None where there are too few moments, or fewer than two
    tasks that can be asked then, or than two groups to learn from.
    """
    moments, length = np.unique(train.time), settings.queries
    origins = len(moments) // 2 // length
    if not origins:
        return None
    end = len(moments) - length * (fold % origins)
    cut, last = int(moments[end - length]), int(moments[end - 1])
    known = train.where((train.known if len(train.known) else train.time) < cut)
    others = np.flatnonzero((known.sizes > 0) & ~np.isin(train.group, train.group[held]))
    asked = train.where(train.time <= last).take(held)
    if len(at_cut(asked, cut, shots=1, least=1)) < _FEWEST or len(np.unique(known.group[others])) < _FEWEST:
        return None
    return known.take(others), asked, cut


def hold_out_newest(
    train: TaskArrays, settings: Settings, usable: np.ndarray, rng: np.random.Generator
) -> tuple[TaskArrays, TaskArrays] | None:
    """What to learn from, and what to ask, for users who are asked after their first session.

    Held out are the `usable` tasks whose groups were first seen last, `settings.validation` of the groups, and all rows
    from the first of those moments on. With them goes an equal number of other groups, asked in the days before: the
    newest show how fast knowledge grows old, but in one stretch of time only; the others show what is known of
    strangers when nothing has changed. None where all groups begin together.
    """
    began = np.full(int(train.group.max(initial=0)) + 1, np.iinfo(np.int64).max)
    filled = np.flatnonzero(train.sizes)
    np.minimum.at(began, train.group[filled], train.time[train.offsets[filled]])
    groups = np.unique(train.group[usable])
    moment = np.sort(began[groups])[-max(round(settings.validation * len(groups)), 1)]
    if moment <= began[groups].min():
        return None
    before = train.time < moment
    known = train.where(before)
    newest = usable[began[train.group[usable]] >= moment]
    able = draw(known, settings.order, rng, shots=1, queries=1).task
    chosen = rng.permutation(np.unique(train.group[able]))[: len(np.unique(train.group[newest]))]
    others = np.isin(train.group, chosen)
    held = train.where(before | np.isin(train.task_of_row, newest))
    return known.take(np.flatnonzero((known.sizes > 0) & ~others)), held.take(np.append(newest, np.flatnonzero(others)))
