"""`TaskCodec`: everything between a user's columns and arrays, fitted on training tasks and frozen with the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tables._values import FEW, first_row, floats, weights
from warmstart.tables.encode import RowEncoder, fit_encoder
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.target import TargetEncoder, fit_target
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Rows, Spec, Treated

__all__ = ["TaskCodec"]

_FEWEST_GROUPS = 2
"""A descriptor category seen in fewer task groups is unknown: it would only name the group."""


@dataclass(frozen=True)
class TaskCodec:
    """Encoders of rows, descriptors, items and target."""

    schema: Schema
    row: RowEncoder
    descriptor: RowEncoder
    target: TargetEncoder
    items: tuple[str, ...]
    """Catalogue by index, as text; empty where there is none."""

    @classmethod
    def fit(cls, train: TaskSet) -> Self:
        """Encoders fitted on rows of training tasks only; the catalogue may list items that nobody has touched yet.

        Errors: `DataError` for columns that cannot be encoded, or where no row is of the target domain.
        """
        schema = train.schema
        _ = train.asked  # refused before anything is fitted
        features = schema.having(Role.FEATURE)
        source = train.frame if train.items is None else _touched(train)
        items = () if train.items is None else tuple(train.items[_item(schema)].cast(pl.String).to_list())
        described = schema.described
        return cls(
            schema,
            fit_encoder(source, features),
            fit_encoder(_shared_only(train, described), described),
            fit_target(train.frame, schema),
            items,
        )

    @cached_property
    def spec(self) -> Spec:
        """What a learner must know of the data."""
        classes, likelihood = self.target.n_classes, self.target.likelihood
        effect = self.schema.treatment is not None
        return Spec(self.row.widths, self.descriptor.widths, likelihood, classes, len(self.items), effect)

    @property
    def answer(self) -> TargetEncoder:
        """Encoder of what is answered: the target, or what a treatment adds to it."""
        return self.target if self.schema.treatment is None else self.target.differences

    def encode(self, tasks: TaskSet) -> TaskArrays:
        """All rows of all tasks as arrays."""
        frame = tasks.frame
        catalogued = bool(self.items)
        n = frame.height
        item = self.item_index(frame[_item(self.schema)]) if catalogued else np.full(n, -1, np.int32)
        return TaskArrays(
            spec=self.spec,
            offsets=tasks.offsets,
            descriptor=self.descriptor.transform(tasks.firsts),
            group=tasks.groups,
            x=_no_rows(n) if catalogued else self.row.transform(frame),
            item=item,
            y=self.target.encode(frame),
            weight=self.weight(frame, item),
            time=tasks.moments,
            offset=np.zeros(n, np.float32),
            catalogue=self.catalogue(tasks) if catalogued else take_rows(_no_rows(1), np.arange(0)),
            foreign=self.foreign(tasks),
            encoder=self.row,
            treated=self.treated(frame, item),
            unit=tasks.units,
            known=tasks.known if self.schema.unit or self.schema.known else np.zeros(0, np.int64),
        )

    def treated(self, frame: pl.DataFrame, item: np.ndarray) -> Treated | None:
        """What was done to each row; a propensity that is not declared is NaN. None where no treatment is declared.

        Errors: `DataError` with column and row for a treatment that is neither 0 nor 1, or a propensity that is not
        between them.
        """
        schema = self.schema
        if schema.treatment is None:
            return None
        treatment = _within(frame[schema.treatment], lambda x: (x == 0) | (x == 1), "0 or 1")
        propensity = np.full(frame.height, np.nan, np.float32)
        if schema.propensity is not None:
            propensity = _within(frame[schema.propensity], lambda x: (x > 0) & (x < 1), "a number between 0 and 1")
        return Treated(treatment, propensity, self.target.encode(frame), self.weight(frame, item))

    def refuse_one_arm(self, told: Treated | None, sizes: np.ndarray) -> None:
        """Refuse supports in which nothing can be compared: all of a task's rows treated, or none; no rows are fine.

        `sizes`, int64[tasks], tells how many rows of `told` each task has. A declared propensity says what others do.
        Errors: `DataError` with the column, and the first row of such a task.
        """
        if told is None or self.schema.propensity is not None:
            return
        first = np.cumsum(sizes) - sizes
        count = np.bincount(np.repeat(np.arange(len(sizes)), sizes), told.treatment, minlength=len(sizes))
        alone = np.flatnonzero((sizes > 0) & ((count == 0) | (count == sizes)))
        if len(alone):
            row, n = int(first[alone[0]]), int(sizes[alone[0]])
            raise DataError(
                "the effect of a treatment needs treated rows and others",
                column=self.schema.treatment,
                row=row,
                expected="rows with 1 and rows with 0 in a support",
                got=f"{int(told.treatment[row])} in {'its only row' if n == 1 else f'all {n} rows'}",
            )

    def catalogue(self, tasks: TaskSet) -> Rows:
        """Encoded items, in the order of `items`."""
        return _no_rows(0) if tasks.items is None else self.row.transform(self._known(tasks.items))

    def foreign(self, tasks: TaskSet) -> np.ndarray:
        """bool[items]: items outside the target domain; [0] where no domain is declared."""
        if not self.schema.domain or tasks.items is None:
            return np.zeros(0, bool)
        domain = self._known(tasks.items)[self.schema.domain].cast(pl.String)
        return (domain != self.schema.target_domain).fill_null(True).to_numpy()

    def _known(self, items: pl.DataFrame) -> pl.DataFrame:
        """What a table of items says of those in `items`, in their order."""
        item = _item(self.schema)
        named = items.with_columns(pl.col(item).cast(pl.String))
        return pl.DataFrame({item: self.items}).join(named, on=item, how="left", maintain_order="left")

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.items)}

    def item_index(self, items: pl.Series) -> np.ndarray:
        """int32[rows]: place in the catalogue, -1 for an item that is not in it."""
        names = items.cast(pl.String)
        if len(names) <= FEW:
            return np.array([self._place.get(name, -1) for name in names.to_list()], dtype=np.int32)
        index = pl.DataFrame({"item": self.items, "at": np.arange(len(self.items), dtype=np.int32)})
        asked = pl.DataFrame({"item": names})
        found = asked.join(index, on="item", how="left", maintain_order="left")["at"]
        return found.fill_null(-1).to_numpy().astype(np.int32)

    def weight(self, frame: pl.DataFrame, item: np.ndarray) -> np.ndarray:
        """float32[rows]: the weight column, else 1; 0 for an `item` (int32[rows]) that the catalogue does not know.

        Errors: `DataError` with column and row for a weight that is negative, infinite or no number.
        """
        weight = np.ones(frame.height, np.float32)
        if self.schema.weight is not None:
            weight = weights(frame[self.schema.weight])
        return np.where(item >= 0, weight, np.float32(0)) if self.items else weight

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """A JSON-able part and named arrays, for saving."""
        meta: dict[str, Any] = {"items": list(self.items)}
        arrays: dict[str, np.ndarray] = {}
        for name, part in (("row", self.row), ("descriptor", self.descriptor), ("target", self.target)):
            meta[name], held = part.to_state()
            arrays |= {f"{name}/{key}": value for key, value in held.items()}
        return meta, arrays

    @classmethod
    def from_state(cls, schema: Schema, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The codec that `to_state` described."""

        def part(name: str) -> dict[str, np.ndarray]:
            return {k.removeprefix(f"{name}/"): v for k, v in arrays.items() if k.startswith(f"{name}/")}

        return cls(
            schema,
            RowEncoder.from_state(meta["row"], part("row")),
            RowEncoder.from_state(meta["descriptor"], part("descriptor")),
            TargetEncoder.from_state(meta["target"], part("target")),
            tuple(meta["items"]),
        )


def _within(values: pl.Series, allowed: Callable[[np.ndarray], np.ndarray], expected: str) -> np.ndarray:
    """float32[rows], of which all are allowed."""
    x = floats(values)
    row = first_row(pl.Series(~allowed(x)))
    if row is not None:
        raise DataError("value out of range", column=values.name, row=row, expected=expected, got=repr(values[row]))
    return x.astype(np.float32)


def _shared_only(train: TaskSet, columns: tuple[Column, ...]) -> pl.DataFrame:
    """First rows of the tasks, with every category that fewer than two groups share made missing."""
    frame = train.firsts.with_columns(pl.Series("__group", train.groups))
    names = [c.name for c in columns if c.kind is Kind.CATEGORY]
    shared = [
        pl.when(pl.col("__group").n_unique().over(name) >= _FEWEST_GROUPS).then(pl.col(name)).alias(name)
        for name in names
    ]
    return frame.with_columns(shared).drop("__group")


def _touched(train: TaskSet) -> pl.DataFrame:
    """Items that occur in training rows: encoders are fitted on these alone."""
    item = _item(train.schema)
    assert train.items is not None
    return train.items.join(train.frame.select(item).unique(), on=item, how="semi")


def _item(schema: Schema) -> str:
    assert schema.item is not None
    return schema.item


def _no_rows(n: int) -> Rows:
    return Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.int32))
