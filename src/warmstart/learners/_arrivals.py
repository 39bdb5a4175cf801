"""How many tasks took each item, and how quickly one came after the other."""

from __future__ import annotations

import numpy as np

from warmstart.tasks.arrays import TaskArrays

__all__ = ["arrivals"]


def arrivals(train: TaskArrays) -> tuple[np.ndarray, np.ndarray]:
    """Of each item its takers, int64[items], and the time from the first to the last, as a share of all time."""
    real = np.flatnonzero((train.item >= 0) & (train.weight > 0))
    owner, item, time = train.task_of_row[real], train.item[real], train.time[real].astype(np.float64)
    order = np.lexsort((time, item, owner))
    fresh = np.append(True, (np.diff(owner[order]) != 0) | (np.diff(item[order]) != 0))[: len(order)]
    item, time = item[order][fresh], time[order][fresh]
    first, last = np.full(train.spec.items, np.inf), np.full(train.spec.items, -np.inf)
    np.minimum.at(first, item, time)
    np.maximum.at(last, item, time)
    whole = max(np.ptp(time), 1.0) if len(time) else 1.0
    return np.bincount(item, minlength=train.spec.items), np.maximum(last - first, 0) / whole
