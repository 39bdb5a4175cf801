"""`TaskSet`: a table as tasks: rows of a task contiguous and in time order, columns memory-mapped beyond a size."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tables.readers import read_table
from warmstart.tables.schema import Role, Schema
from warmstart.tables.table import Table
from warmstart.tasks.ragged import Ragged, expand

__all__ = ["TaskSet"]

_SPILL_BYTES = 2 << 30
_SHOWN = 5  # values that an error names


@dataclass(frozen=True)
class TaskSet:
    """Rows of task t are `offsets[t]:offsets[t + 1]` of `frame`, oldest first."""

    frame: pl.DataFrame
    schema: Schema
    offsets: np.ndarray
    """int64[tasks + 1]"""
    items: pl.DataFrame | None = None
    """One row per item of the catalogue, the item column first."""
    name: str = "table"

    @classmethod
    def from_table(cls, source: Any, schema: Schema, *, items: Any = None, name: str = "table") -> Self:
        """Tasks of any dataframe or file, by the columns of the schema.

        Errors: `DataError` for a missing column, a missing task key, time or item, an unreadable file.
        """
        frame = read_table(source)
        catalogue = None if items is None else read_table(items)
        return cls.of(Table(name, frame, schema, catalogue))

    @classmethod
    def of(cls, table: Table, *, spill_bytes: int = _SPILL_BYTES) -> Self:
        """Tasks of a `Table`; columns of more than `spill_bytes` are sorted to disk and memory-mapped."""
        schema = table.schema
        in_rows = tuple(c for c in schema.used if c in table.frame.columns or not _in_items(c, table))
        schema.check((*table.frame.columns, *(c for c in schema.used if c not in in_rows)))
        frame = table.frame.select(in_rows)
        for column in (*schema.task, *(c for c in (schema.time, schema.item, schema.unit, schema.known) if c)):
            _refuse_missing(frame, column)
        order = [*schema.task, *([schema.time] if schema.time else [])]
        frame = frame.sort(order, maintain_order=True)
        if frame.estimated_size() > spill_bytes:
            frame = _mapped(frame)
        return cls(frame, schema, _boundaries(frame.select(schema.task)), _catalogue(table), table.name)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """int64[tasks]: rows of each task."""
        return np.diff(self.offsets)

    @property
    def firsts(self) -> pl.DataFrame:
        """The first row of each task, where its key and descriptors stand."""
        return self.frame[self.offsets[:-1]]

    @property
    def ids(self) -> list[str]:
        """Names of the tasks, no two the same; parts of a composite key are joined by a dot.

        A dot inside a part gets a backslash before it, and so does a backslash: "a.b", "c" and "a", "b.c" differ.
        """
        parts = [pl.col(c).cast(pl.String) for c in self.schema.task]
        if len(parts) > 1:
            parts = [
                p.str.replace_all("\\", "\\\\", literal=True).str.replace_all(".", "\\.", literal=True) for p in parts
            ]
        return self.firsts.select(pl.concat_str(parts, separator=".")).to_series().to_list()

    @property
    def groups(self) -> np.ndarray:
        """int64[tasks]: tasks with the same number stay on one side of every split."""
        keys = self.schema.group or self.schema.task
        return self.firsts.select(pl.struct(keys).rank("dense")).to_series().to_numpy().astype(np.int64) - 1

    @property
    def moments(self) -> np.ndarray:
        """int64[rows]: time as ordered ticks (equal times equal ticks); 0 where there is no time column."""
        if self.schema.time is None:
            return np.zeros(self.frame.height, np.int64)
        time = self.frame[self.schema.time]
        if time.dtype.is_temporal() or time.dtype.is_integer():
            return time.to_physical().cast(pl.Int64).to_numpy()
        return time.rank("dense").cast(pl.Int64).to_numpy()

    @property
    def known(self) -> np.ndarray:
        """int64[rows]: ticks of `moments` at which the target of a row is known; `moments` where no column says so.

        Errors: `DataError` for a column that is not of the time's type, or not of one that counts.
        """
        if self.schema.known is None or self.schema.time is None:
            return self.moments
        said, time = self.frame[self.schema.known], self.frame[self.schema.time]
        if said.dtype != time.dtype or not (time.dtype.is_temporal() or time.dtype.is_integer()):
            expected = f"dates, times or whole numbers, as {time.name!r} ({time.dtype})"
            raise DataError("not of the time's type", column=said.name, expected=expected, got=str(said.dtype))
        return said.to_physical().cast(pl.Int64).to_numpy()

    @property
    def units(self) -> np.ndarray:
        """int64[rows]: rows with equal numbers, all of one task, are told and asked together; [0] without units."""
        if self.schema.unit is None:
            return np.zeros(0, np.int64)
        keys = pl.struct(*self.schema.task, self.schema.unit).rank("dense")
        return self.frame.select(keys).to_series().to_numpy().astype(np.int64)

    @property
    def asked(self) -> np.ndarray:
        """bool[rows]: rows of the target domain, or all rows where no domain is declared.

        Errors: `DataError` where no row is of the target domain.
        """
        schema = self.schema
        if not schema.domain or self.items is None:
            return np.ones(self.frame.height, bool)
        domains = self.items.select(schema.item, pl.col(schema.domain).cast(pl.String))
        of_row = self.frame.select(schema.item).join(domains, on=schema.item, how="left", maintain_order="left")
        found = of_row[schema.domain]
        asked = (found == schema.target_domain).fill_null(False).to_numpy()
        if not asked.any():
            known = ", ".join(map(repr, found.drop_nulls().unique().sort()[:_SHOWN])) or "a domain in some row"
            raise DataError(
                "no row is of the target domain", column=schema.domain, expected=known, got=repr(schema.target_domain)
            )
        return np.asarray(asked)

    def take(self, tasks: np.ndarray) -> Self:
        """Only these tasks (int64[chosen]), in this order."""
        chosen = Ragged.from_lengths(self.sizes[tasks])
        return replace(self, frame=self.frame[expand(self.offsets[tasks], chosen)], offsets=chosen.offsets)

    def where(self, keep: np.ndarray) -> Self:
        """Only the rows at which `keep` (bool[rows]) holds; tasks that lose all rows are gone."""
        rows = Ragged(np.arange(self.frame.height), self.offsets).where(keep)
        lengths = rows.lengths[rows.lengths > 0]
        return replace(self, frame=self.frame.filter(keep), offsets=Ragged.from_lengths(lengths).offsets)


def _in_items(column: str, table: Table) -> bool:
    return table.items is not None and column in table.items.columns


def _refuse_missing(frame: pl.DataFrame, column: str) -> None:
    if frame[column].null_count():
        row = int(frame[column].is_null().arg_max() or 0)
        raise DataError("missing value", column=column, row=row, expected="a value in every row", got="nothing")


def _boundaries(keys: pl.DataFrame) -> np.ndarray:
    if keys.height == 0:
        return np.zeros(1, np.int64)
    changed = keys.select(pl.any_horizontal(pl.all().ne_missing(pl.all().shift(1)))).to_series().to_numpy().copy()
    changed[0] = True
    return np.append(np.flatnonzero(changed), keys.height).astype(np.int64)


def _catalogue(table: Table) -> pl.DataFrame | None:
    item = table.schema.item
    if item is None:
        return None
    features = table.schema.named(Role.FEATURE)
    if table.items is not None:
        lost = next((c for c in (item, *features) if c not in table.items.columns), None)
        if lost is not None:
            got = ", ".join(table.items.columns)
            raise DataError("missing", column=lost, expected="a column of the table of items", got=got)
        known = table.items.select(item, *features).unique(item, keep="first", maintain_order=True)
        strangers = table.frame.select(item).unique().join(known, on=item, how="anti").sort(item)
        return pl.concat([known, strangers], how="diagonal")
    return table.frame.group_by(item).agg(pl.col(features).drop_nulls().first()).sort(item)


def _mapped(frame: pl.DataFrame) -> pl.DataFrame:
    """The same columns, in an Arrow file on disk that is mapped into memory; the file goes when it is closed."""
    from pyarrow import ipc, memory_map

    with tempfile.NamedTemporaryFile(suffix=".arrow") as file:
        frame.write_ipc(file.name)
        mapped = pl.from_arrow(ipc.open_file(memory_map(file.name)).read_all())
    assert isinstance(mapped, pl.DataFrame)
    return mapped
