"""Join further tables to the rows, and set apart what is known of the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from warmstart.errors import DataError
from warmstart.tables._values import labels
from warmstart.tables.schema import Role, Schema

__all__ = ["join_rows", "split_items"]

Joined = Sequence[tuple[pl.DataFrame, Mapping[str, str]]]
"""Each further table with its keys: columns of the rows → columns of the table."""


def join_rows(left: pl.DataFrame, right: pl.DataFrame, on: Mapping[str, str], used: Sequence[str]) -> pl.DataFrame:
    """Left join: every row once, in its order; only the columns of `right` that are used.

    Errors: `DataError` for a key that a table lacks, a key that occurs twice in `right` and would multiply rows, a used
    column that both tables have.
    """
    for frame, keys in ((left, list(on)), (right, list(on.values()))):
        lost = next((k for k in keys if k not in frame.columns), None)
        if lost is not None:
            got = ", ".join(frame.columns)
            raise DataError("join key missing", column=lost, expected="a column of the table", got=got)
    wanted = [c for c in right.columns if c in used and c not in on.values()]
    twice = next((c for c in wanted if c in left.columns), None)
    if twice is not None:
        raise DataError("is in both joined tables", column=twice, expected="different names, or role ignore")
    keys = [f"\0{k}" for k in on]  # no column of a user is named so
    left_keyed = left.with_columns(labels(left[k]).alias(key) for k, key in zip(on, keys, strict=True))
    right_keyed = right.select(
        *wanted, *(labels(right[k]).alias(key) for k, key in zip(on.values(), keys, strict=True))
    ).join(left_keyed.select(keys).unique(), on=keys, how="semi")
    _refuse_repeats(right_keyed.select(keys), list(on.values()))
    return left_keyed.join(right_keyed, on=keys, how="left", maintain_order="left").drop(keys)


def split_items(frame: pl.DataFrame, schema: Schema, tables: Joined) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without item features, and one row per item with them.

    Items come from the rows and from every table that is joined on the item column alone; a feature that stands in the
    rows is that of the item's first row that has it.
    """
    item = str(schema.item)
    features = schema.named(Role.FEATURE)
    items = frame.group_by(item, maintain_order=True).agg(pl.col(features).drop_nulls().first())
    for right, on in tables:
        if list(on) == [item]:
            items = pl.concat([items, _strangers(items, right, item, on[item])], how="diagonal")
    return frame.drop(features), items.drop_nulls(item)


def _strangers(items: pl.DataFrame, right: pl.DataFrame, item: str, key: str) -> pl.DataFrame:
    """Items of a joined table that no row has, with the features that it knows."""
    features = [c for c in items.columns if c in right.columns and c not in (item, key)]
    known = right.select(pl.col(key).alias(item), *features).drop_nulls(item).unique(item, maintain_order=True)
    fresh = known.filter(~labels(known[item]).is_in(labels(items[item]).to_list()))
    return fresh.with_columns(labels(fresh[item]).cast(items.schema[item]))


def _refuse_repeats(keys: pl.DataFrame, names: list[str]) -> None:
    repeated = keys.filter(keys.is_duplicated()).drop_nulls()
    if repeated.height:
        value = ", ".join(str(v) for v in repeated.row(0))
        raise DataError(
            "the join would multiply rows",
            column=", ".join(names),
            expected="each key once in the joined table",
            got=f"{value!r} more than once",
        )
