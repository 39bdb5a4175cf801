"""New items for known customers (T2): what may be learned from, who is asked, and among which items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes
from warmstart.tasks.ragged import Ragged
from warmstart.tasks.taskset import TaskSet

__all__ = ["NewItems", "new_items"]

_WARM = 5  # distinct items before the cut-off that make a customer known


class NewItems(NamedTuple):
    """One support size of one list of new items."""

    slice: str
    k: int
    """Buyers of each new item that are learned from."""
    train: TaskSet
    asked: TaskSet
    """Known customers: their rows before the cut-off, and what they buy of the new items."""
    items: pl.Series
    """What may be shown."""
    cutoff: int

    def episodes(self, arrays: TaskArrays) -> Episodes:
        """Of each customer: all rows before the cut-off as support, the others as query."""
        rows = Ragged(np.arange(len(arrays.item)), arrays.offsets)
        before = arrays.time < self.cutoff
        return Episodes(np.arange(arrays.n_tasks), rows.where(before), rows.where(~before))


def new_items(tasks: TaskSet, cutoff: int, shots: tuple[int, ...], seed: int) -> Iterator[NewItems]:
    """Slice "all": every item first sold at or after the cut-off that a known customer buys, known by its attributes.

    Slice "bought": new items with more known buyers than the largest of `shots`; the rows of the first K of them join
    the training rows. The first buyers of the largest size are never asked for, so that every K has the same query.
    Customers are known by five distinct items before the cut-off.
    Errors: `DataError` where no known customer buys a new item.
    """
    rows = _rows(tasks, cutoff, seed)
    before, first = rows["before"].to_numpy(), rows["buyer"].to_numpy()
    most = max(shots)
    everything, often = (first >= 0), (rows["buyers"].to_numpy() > most) & (first >= 0)
    lists = [("all", (0,), everything, everything), ("bought", shots, often, often & (first >= most))]
    for name, sizes, listed, wanted in lists:
        if not wanted.any():
            if name == "all":
                raise DataError("no known customer buys a new item", expected="items first sold after the split", got=0)
            continue
        asked = rows["task"].is_in(rows["task"].filter(pl.Series(wanted)).implode()).to_numpy()
        latest = before & asked & rows["latest"].to_numpy()
        items = rows["item"].filter(pl.Series(listed)).unique(maintain_order=True)
        for k in sizes:
            train = tasks.where(before | (listed & (first < k)))
            yield NewItems(name, k, train, tasks.where(latest | wanted), items, cutoff)


def _rows(tasks: TaskSet, cutoff: int, seed: int) -> pl.DataFrame:
    """Of each row: its task, its item, whether it is before the cut-off, and the last of its item there ("latest").

    "buyer" is the place, from 0, of a known customer's first row of a new item among those of all known customers, in
    order of time and at random within a moment, else -1; "buyers" how many there are.
    """
    owner = np.repeat(np.arange(len(tasks)), tasks.sizes)
    chance = np.random.default_rng((seed, 7)).random(len(owner))
    frame = pl.DataFrame(
        {"task": owner, "item": tasks.frame[str(tasks.schema.item)], "time": tasks.moments, "chance": chance}
    ).with_columns(before=pl.col("time") < cutoff)
    known = pl.col("item").filter(pl.col("before")).n_unique().over("task") >= _WARM
    fresh = (pl.col("time").min().over("item") >= cutoff) & pl.struct("task", "item").is_first_distinct()
    place = pl.struct("time", "chance").rank("ordinal").over("item", "bought").cast(pl.Int64) - 1
    return (
        frame.with_columns(latest=pl.struct("task", "item", "before").is_last_distinct(), bought=known & fresh)
        .with_columns(buyer=pl.when("bought").then(place).otherwise(-1), buyers=pl.col("bought").sum().over("item"))
        .drop("chance")
    )
