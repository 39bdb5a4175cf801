"""Tasks that fit on a sheet of paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Rows, Spec, Widths

SCHEMA = Schema(
    (
        Column("shop", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("price", Role.FEATURE),
        Column("town", Role.DESCRIPTOR, Kind.CATEGORY),
        Column("sold", Role.TARGET),
    )
)


def make_frame(seed: int = 0, shops: int = 8, rows: int = 5) -> pl.DataFrame:
    """Shops with rows on days 0, 1, 1, 2, …; towns of two neighbouring shops are the same."""
    rng = np.random.default_rng(seed)
    shop = np.repeat(np.arange(shops), rows)
    day = np.tile(np.maximum(np.arange(rows) - (np.arange(rows) > 1), 0), shops)
    return pl.DataFrame(
        {
            "shop": [f"s{i}" for i in shop],
            "day": pl.Series(day).cast(pl.Int32).cast(pl.Date),
            "price": rng.normal(size=len(shop)).round(3),
            "town": [f"t{i // 2}" for i in shop],
            "sold": rng.normal(size=len(shop)).round(3),
        }
    )


def make_arrays(
    sizes: Sequence[int], time: Sequence[int] | None = None, item: Sequence[int] | None = None, items: int = 0
) -> TaskArrays:
    """Rows whose only feature, and target, is their own number, so that a row can be told from every other."""
    total = int(sum(sizes))
    number = np.arange(total, dtype=np.float32)
    none = np.zeros((len(sizes), 0), np.float32)
    wide = np.zeros((total, 0), np.float32) if items else number[:, None]
    catalogue = np.arange(items, dtype=np.float32)[:, None] if items else np.zeros((0, 0), np.float32)
    return TaskArrays(
        spec=Spec(Widths(1), Widths(0), "gaussian", items=items),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        descriptor=Rows(none, none.astype(np.int32)),
        group=np.arange(len(sizes), dtype=np.int32),
        x=Rows(wide, np.zeros((total, 0), np.int32)),
        item=np.full(total, -1, np.int32) if item is None else np.asarray(item, np.int32),
        y=number,
        weight=np.ones(total, np.float32),
        time=np.zeros(total, np.int64) if time is None else np.asarray(time, np.int64),
        offset=np.zeros(total, np.float32),
        catalogue=Rows(catalogue, np.zeros((items, 0), np.int32)),
    )


@pytest.fixture
def schema() -> Schema:
    """A shop is a task, its town the descriptor, a price the feature, units sold the target."""
    return SCHEMA


@pytest.fixture
def frame() -> pl.DataFrame:
    """Eight shops of five rows."""
    return make_frame()


@pytest.fixture
def table() -> Table:
    """The same as a `Table`."""
    return Table("shops", make_frame(), SCHEMA)


@pytest.fixture
def arrays() -> Callable[..., TaskArrays]:
    """Makes `TaskArrays` whose rows are their own numbers."""
    return make_arrays
