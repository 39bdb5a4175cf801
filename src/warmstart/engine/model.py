"""`MetaModel`: what meta-training made: immutable, versioned, ready to adapt to a new task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl

from warmstart.engine.adapted import Adapted, AdaptedTasks
from warmstart.engine.bind import bind
from warmstart.engine.bound import Bound, Evidence
from warmstart.engine.repeats import first_choices
from warmstart.errors import DataError
from warmstart.learners.contract import Params
from warmstart.tables.readers import read_table
from warmstart.tables.schema import Role, Schema
from warmstart.tasks.arrays import take_rows
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import Episodes, buckets, gather
from warmstart.tasks.ragged import Ragged
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Query, Rows, Support

__all__ = ["MetaModel"]

_MOST_TASKS = 4096  # adapted in one compiled call


@dataclass(frozen=True, eq=False)
class MetaModel:
    """Encoders, learner and parameters; `version` is the hash of what it was made of."""

    codec: TaskCodec
    learner: Any
    params: Params
    catalogue: Rows
    """`Rows` with leading axis [items]; none where rows carry their own features."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """Scenario, data, settings, validation figures: whatever a reader of the model should know; JSON values."""
    version: str = "unsaved"

    @property
    def schema(self) -> Schema:
        """The columns it was trained on."""
        return self.codec.schema

    @cached_property
    def bound(self) -> Bound:
        """The learner bound to the data's spec."""
        return bind(self.learner, self.codec.spec)

    @cached_property
    def prepared(self) -> Any:
        """What depends on the catalogue alone."""
        return self.bound.prepare(self.params, self.catalogue)

    @cached_property
    def items(self) -> np.ndarray:
        """str[items]: names of the catalogue."""
        return np.array(self.codec.items, dtype=str)

    def adapt(self, rows: Any = None, *, descriptor: Mapping[str, Any] | None = None) -> Adapted:
        """Adapt to one new task from its first rows (any dataframe or file; none is legal).

        `descriptor` names what is known of the task before its first row; by default it is read from the rows.
        Errors: `DataError` for a missing column, an unfit value, rows of several tasks.
        """
        frame = self.rows(rows)
        described = self.codec.descriptor.transform(self._described(frame, descriptor or {}))
        evidence = Evidence(take_rows(described, np.int64(0)), self._comparable(self.support(frame)))
        return Adapted.of(self, evidence, self.last_moment(frame))

    def adapt_many(self, tasks: TaskSet) -> AdaptedTasks:
        """Adapt to every task of a set at once, all its rows being support; a repeated choice is one row."""
        arrays = self.codec.encode(tasks)
        self.codec.refuse_one_arm(arrays.treated, arrays.sizes)
        if self._ranks:
            arrays = arrays.where(first_choices(arrays.item, arrays.weight, arrays.task_of_row))
        nothing = Ragged.from_lengths(np.zeros(len(tasks), np.int64))
        episodes = Episodes(np.arange(len(tasks)), Ragged(np.arange(len(arrays.y)), arrays.offsets), nothing)
        held: list[tuple[Evidence, Any]] = []
        place = np.zeros((len(tasks), 2), np.int64)
        for members, width in buckets(episodes, int(arrays.sizes.max(initial=1)), _MOST_TASKS):
            batch = gather(arrays, episodes.take(members), width)
            state = self.bound.adapt(self.params, self.prepared, batch.descriptor, batch.support)
            place[members] = np.stack([np.full(len(members), len(held)), np.arange(len(members))], axis=1)
            held.append((Evidence(batch.descriptor, batch.support), state))
        time = self.schema.time
        last = tasks.frame[time][tasks.offsets[1:] - 1].to_list() if time else [None] * len(tasks)
        return AdaptedTasks(self, tuple(tasks.ids), arrays.sizes, held, place, last)

    def save(self, folder: Path | str) -> MetaModel:
        """Write the model to a folder; gives it with its version. Errors: `NotReady` when that cannot be written."""
        from warmstart.engine.storage import save

        return save(self, folder)

    def support(self, frame: pl.DataFrame) -> Support:
        """Encoded rows of one task; where items are ranked, an item chosen again is the row it was at first."""
        x, item, offset = self.query(frame)
        codec = self.codec
        y, weight, treated = codec.target.encode(frame), codec.weight(frame, item), codec.treated(frame, item)
        return self._once(Support(x, item, y, weight, offset, treated))

    def check_support(self, frame: pl.DataFrame) -> None:
        """Whether rows of any tasks can be support. Errors: `DataError` with column and row."""
        self.support(frame)

    def more(self, support: Support, frame: pl.DataFrame) -> tuple[Support, Support]:
        """Support of one task with further rows, and those of them that say something new."""
        known = len(support.y)
        joined = jax.tree.map(lambda a, b: np.concatenate([a, b]), support, self.support(frame))
        kept = self._comparable(self._once(joined))
        return kept, jax.tree.map(lambda leaf: leaf[known:], kept)

    def _comparable(self, support: Support) -> Support:
        """The support of one task, in which an effect can be seen, if one is asked."""
        self.codec.refuse_one_arm(support.treated, np.array([len(support.y)]))
        return support

    def _once(self, support: Support) -> Support:
        """Without the rows that repeat a choice."""
        if not self._ranks:
            return support
        keep = first_choices(support.item, support.weight, np.zeros(len(support.y), np.int64))
        once: Support = jax.tree.map(lambda leaf: leaf[keep], support)
        return once

    @property
    def _ranks(self) -> bool:
        return self.codec.target.likelihood == "ranking"

    def query(self, frame: pl.DataFrame) -> Query:
        """Encoded query rows of one task."""
        n, item = frame.height, self.schema.item
        offset = np.zeros(n, np.float32)
        if item is None:
            return Query(self.codec.row.transform(frame), np.full(n, -1, np.int32), offset)
        return Query(take_rows(self.catalogue, np.zeros(n, np.int64)), self.codec.item_index(frame[item]), offset)

    def whole_catalogue(self) -> tuple[Query, np.ndarray]:
        """Every item as a query row, and their names."""
        n = len(self.codec.items)
        return Query(self.catalogue, np.arange(n, dtype=np.int32), np.zeros(n, np.float32)), self.items

    @cached_property
    def told(self) -> tuple[str, ...]:
        """Columns that a support row must have."""
        schema = self.schema
        told = schema.named(Role.TARGET, Role.WEIGHT, Role.ITEM) + (() if schema.item else schema.named(Role.FEATURE))
        return told + (schema.named(Role.TREATMENT, Role.PROPENSITY) if schema.treatment else ())

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Columns that a query row must have."""
        return (self.schema.item,) if self.schema.item else self.schema.named(Role.FEATURE)

    def rows(self, rows: Any) -> pl.DataFrame:
        """Support rows of one task, checked; no rows with the right columns for `None`."""
        schema = self.schema
        if rows is None:
            return pl.DataFrame(schema=dict.fromkeys(self.told, pl.Null))
        frame = read_table(rows, least_rows=0)
        _require(frame, self.told, "a column of the support rows")
        keys = [c for c in schema.task if c in frame.columns]
        several = frame.select(pl.struct(keys).n_unique()).item() if keys else 1
        if several > 1:
            raise DataError(
                "rows of several tasks", column=".".join(keys), expected="one task; adapt_many takes more", got=several
            )
        return frame

    def check_query(self, frame: pl.DataFrame, last_moment: Any) -> None:
        """Errors: `DataError` for a missing column, an unknown item, a row earlier than the support's last moment."""
        schema = self.schema
        _require(frame, self.asked, "a column of the query rows")
        if schema.item:
            self._refuse_strangers(frame[schema.item])
        if last_moment is None or schema.time is None or schema.time not in frame.columns:
            return
        early = frame[schema.time] < last_moment
        if early.any():
            row = int(early.arg_max() or 0)
            raise DataError(
                "the support knows what came after this row",
                column=schema.time,
                row=row,
                expected=f"{last_moment} or later",
                got=frame[schema.time][row],
            )

    def _refuse_strangers(self, items: pl.Series) -> None:
        strange = np.flatnonzero(self.codec.item_index(items) < 0)
        if len(strange):
            row = int(strange[0])
            raise DataError("unknown item", column=items.name, row=row, expected="an item it knows", got=items[row])

    def last_moment(self, frame: pl.DataFrame) -> Any:
        """Latest time among these rows, where there is a time column."""
        time = self.schema.time
        return frame[time].max() if time in frame.columns and frame.height else None

    def _described(self, frame: pl.DataFrame, known: Mapping[str, Any]) -> pl.DataFrame:
        """One row of descriptor values; what nobody says is missing."""
        names = [c.name for c in self.schema.described]
        strange = sorted(set(known) - set(names))
        if strange:
            raise DataError(
                "not a descriptor", column=strange[0], expected=", ".join(names) or "no descriptor", got=strange[0]
            )
        first = frame.row(0, named=True) if frame.height else {}
        told = {name: [known.get(name, first.get(name))] for name in names} or {"": [None]}
        return pl.DataFrame(told, strict=False)  # a list of numbers and texts is one of texts


def _require(frame: pl.DataFrame, names: Sequence[str], what: str) -> None:
    for name in names:
        if name not in frame.columns:
            raise DataError("missing", column=name, expected=what, got=", ".join(frame.columns))
