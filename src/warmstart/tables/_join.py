"""Join further tables to the rows, and set apart what is known of the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from warmstart.tables._join_keys import FOUND, by_keys, no_repeats
from warmstart.tables._values import labels
from warmstart.tables.schema import Role, Schema

__all__ = ["join_rows", "split_items"]

Joined = Sequence[tuple[pl.DataFrame, Mapping[str, str]]]
"""Each further table with its keys: columns of the rows → columns of the table."""


def join_rows(
    left: pl.DataFrame, right: pl.DataFrame, on: Mapping[str, str], used: Sequence[str]
) -> tuple[pl.DataFrame, int]:
    """Every row once, in its order, with the used columns of the row of `right` that has its keys; how many have none.

    Errors: `DataError` for a key that a table lacks, a key that occurs twice in `right` and would multiply rows, a used
    column that both tables have.
    """
    keyed = by_keys(left, right, on, used)
    no_repeats(keyed.right, keyed.keys, list(on.values()))
    joined = keyed.left.join(keyed.right, on=keyed.keys, how="left", maintain_order="left")
    return joined.drop(*keyed.keys, FOUND), joined[FOUND].null_count()


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
