"""`first_choices`: a choice made twice is one row, as it was in every support of training."""

from __future__ import annotations

import numpy as np

__all__ = ["first_choices"]


def first_choices(item: np.ndarray, weight: np.ndarray, task: np.ndarray) -> np.ndarray:
    """bool[rows]: False where an earlier row of the same task chose the same item.

    `item` int[rows], `weight` float[rows], `task` int[rows]. Rows of weight 0 say nothing: all are kept, and none makes
    a later row a repeat. The kept row has its own weight, since training counts no purchases either.
    """
    counted = np.flatnonzero(weight > 0)
    key = task[counted] * (int(item.max(initial=0)) + 1) + item[counted]
    keep = weight <= 0
    keep[counted[np.unique(key, return_index=True)[1]]] = True
    return keep
