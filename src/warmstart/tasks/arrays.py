"""`TaskArrays`: encoded tasks as flat arrays, the rows of a task contiguous and in time order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from warmstart.tables.encode import RowEncoder
from warmstart.tasks.ragged import Ragged, expand
from warmstart.tasks.units import Units
from warmstart.types import Array, Rows, Spec, Treated

__all__ = ["TaskArrays", "is_foreign", "take_rows"]


def take_rows(rows: Rows, index: Array) -> Rows:
    """Rows at `index`, of any shape [...]: every array becomes [..., its own trailing axes]."""
    return Rows(rows.numbers[index], rows.codes[index], tuple(bag[index] for bag in rows.bags))


def is_foreign(foreign: np.ndarray, item: np.ndarray) -> np.ndarray:
    """bool[...]: whether each `item` [...] is one of the `foreign` (bool[items]); -1, which is unknown, is not."""
    item = np.asarray(item)
    return foreign[np.maximum(item, 0)] & (item >= 0) if len(foreign) else np.zeros(item.shape, bool)


@dataclass(frozen=True)
class TaskArrays:
    """Tasks ready for a learner. Rows of task t are `offsets[t]:offsets[t + 1]`, oldest first."""

    spec: Spec
    offsets: np.ndarray
    """int64[tasks + 1]"""
    descriptor: Rows
    """`Rows` with leading axis [tasks]."""
    group: np.ndarray
    """int32[tasks]: tasks that share a number belong to one independent group (a store, a customer)."""
    x: Rows
    """`Rows` with leading axis [rows]; zero columns wide where there is a catalogue."""
    item: np.ndarray
    """int32[rows]: index into the catalogue; -1 where there is none."""
    y: np.ndarray
    """float32[rows]: encoded target (standardised number, class index, count; 1 for a choice)."""
    weight: np.ndarray
    """float32[rows]"""
    time: np.ndarray
    """int64[rows]: ordered ticks; all 0 where there is no time column."""
    offset: np.ndarray
    """float32[rows]: what a base model already predicts on the link scale; else 0."""
    catalogue: Rows
    """`Rows` with leading axis [items]; zero items where rows carry their own features."""
    foreign: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    """bool[items]: items of a domain that is known beside the one that is asked; [0] where there is one domain."""
    encoder: RowEncoder | None = None
    """What made the numbers of a row, for learners that read a column by name; None where no table was encoded."""
    treated: Treated | None = None
    """Of each row [rows], where the effect of a treatment is asked; else None."""
    unit: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64[rows]: rows with equal numbers are told and asked together; [0] where each is on its own."""
    known: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64[rows]: ticks of `time` at which the target of a row is known; [0] where that is at once."""

    @property
    def n_tasks(self) -> int:
        """Number of tasks."""
        return len(self.offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """int64[tasks]: rows of each task."""
        return np.diff(self.offsets)

    @property
    def task_of_row(self) -> np.ndarray:
        """int64[rows]: the task that each row belongs to."""
        return np.repeat(np.arange(self.n_tasks), self.sizes)

    @property
    def ordered(self) -> bool:
        """Whether time tells which rows of a task came first: not where each task is of one moment."""
        filled = np.flatnonzero(self.sizes)
        return bool((self.time[self.offsets[filled]] < self.time[self.offsets[filled + 1] - 1]).any())

    @cached_property
    def units(self) -> Units | None:
        """Rows that are told and asked together; None where each is on its own."""
        return Units.of(self.unit) if len(self.unit) else None

    @property
    def given(self) -> np.ndarray:
        """bool[rows]: rows of another domain; always told, never asked, and no shots."""
        return is_foreign(self.foreign, self.item)

    def rows(self, index: np.ndarray) -> Rows:
        """Features of the rows at `index` [...]: the row's own, or its item's from the catalogue."""
        if self.spec.items:
            return take_rows(self.catalogue, self.item[index])
        return take_rows(self.x, index)

    def take(self, tasks: np.ndarray) -> Self:
        """The same arrays with only these tasks (int64[chosen]), in this order."""
        chosen = Ragged.from_lengths(self.sizes[tasks])
        descriptor, group = take_rows(self.descriptor, tasks), self.group[tasks]
        return replace(self._rows_at(expand(self.offsets[tasks], chosen), chosen), descriptor=descriptor, group=group)

    def where(self, kept: np.ndarray) -> Self:
        """All tasks with only the rows at which `kept` (bool[rows]) holds."""
        rows = Ragged(np.arange(len(kept)), self.offsets).where(kept)
        return self._rows_at(rows.values, rows)

    def before_and_after(self, recent: float) -> tuple[Self, Self]:
        """All tasks with their earlier rows, and with the latest share `recent` of all; twice all without time."""
        if not self.time.any() or recent >= 1:
            return self, self
        late = self.time >= np.quantile(self.time, 1 - recent, method="higher")
        return self.where(~late), self.where(late)

    def _rows_at(self, index: np.ndarray, shape: Ragged) -> Self:
        return replace(
            self,
            offsets=shape.offsets,
            x=take_rows(self.x, index),
            item=self.item[index],
            y=self.y[index],
            weight=self.weight[index],
            time=self.time[index],
            offset=self.offset[index],
            treated=None if self.treated is None else self.treated.take(index),
            unit=self.unit[index] if len(self.unit) else self.unit,
            known=self.known[index] if len(self.known) else self.known,
        )
