"""`hold_out_groups`: which training tasks are kept apart, whole groups at a time, to stop early or to choose by."""

from __future__ import annotations

import numpy as np

from warmstart.engine.settings import Settings
from warmstart.errors import DataError
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import draw

__all__ = ["hold_out_groups"]

_FEWEST = 2  # one to learn from, one to hold out


def hold_out_groups(
    train: TaskArrays, settings: Settings, rng: np.random.Generator, *, enough: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Tasks int64[usable] that can be asked (they have support and query), and bool[usable]: whether one is held out.

    Held out are `settings.validation` of the groups, or `enough` where that is more and no more than a third of them.
    Errors: `DataError` where fewer than two groups can be asked.
    """
    usable = np.unique(draw(train, settings.order, rng, shots=1, queries=1).task)
    groups = np.unique(train.group[usable])
    if len(groups) < _FEWEST:
        raise DataError(
            "too few tasks to learn from", expected="2 or more groups with support and query rows", got=len(groups)
        )
    wanted = max(round(settings.validation * len(groups)), min(enough, len(groups) // 3), 1)
    held = rng.permutation(groups)[: min(wanted, len(groups) - 1)]
    return usable, np.isin(train.group[usable], held)
