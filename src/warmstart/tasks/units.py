"""`Units`: rows that are told and asked together, such as the intervals that one customer was watched in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from warmstart.tasks.ragged import Ragged, expand

__all__ = ["Units"]


@dataclass(frozen=True)
class Units:
    """Every row is in one unit."""

    rows: Ragged
    """One list a unit, in the order of the arrays"""
    of_row: np.ndarray
    """int64[rows]: the unit of each row"""

    @classmethod
    def of(cls, names: np.ndarray) -> Self:
        """Rows with equal `names` (int64[rows]) are a unit."""
        of_row = np.unique(names, return_inverse=True)[1].astype(np.int64)
        order = np.argsort(of_row, kind="stable")
        return cls(Ragged(order, Ragged.from_lengths(np.bincount(of_row)).offsets), of_row)

    @property
    def sizes(self) -> np.ndarray:
        """int64[units]: rows of each."""
        return self.rows.lengths

    @cached_property
    def span(self) -> int:
        """Most rows of a unit."""
        return int(self.sizes.max(initial=1))

    @cached_property
    def leads(self) -> np.ndarray:
        """bool[rows]: whether a row is the first of its unit."""
        found = np.zeros(len(self.of_row), bool)
        found[self.rows.values[self.rows.offsets[:-1]]] = True
        return found

    def whole(self, lists: Ragged) -> tuple[Ragged, np.ndarray]:
        """Each row of the lists with all of its unit; and int64[total], the place in the lists that each is of."""
        unit = self.of_row[lists.values]
        shape = Ragged.from_lengths(self.sizes[unit])
        values = self.rows.values[expand(self.rows.offsets[unit], shape)]
        lengths = np.bincount(lists.owner, self.sizes[unit], minlength=len(lists)).astype(np.int64)
        return Ragged(values, Ragged.from_lengths(lengths).offsets), shape.owner
