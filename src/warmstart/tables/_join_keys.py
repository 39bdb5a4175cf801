"""Make the keys of two tables comparable, and refuse those that would multiply rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from warmstart.errors import DataError
from warmstart.tables._values import labels

__all__ = ["FOUND", "Keyed", "by_keys", "no_repeats"]

FOUND = "\0found"  # no column of a user is named so
"""The column of a joined table that is true in all of its rows."""


class Keyed(NamedTuple):
    """Two tables with keys as text in columns of the same names."""

    left: pl.DataFrame
    right: pl.DataFrame
    """Only the columns that are used, `FOUND` and the keys; rows whose keys are missing or in no row are gone."""
    keys: list[str]


def by_keys(
    left: pl.DataFrame, right: pl.DataFrame, on: Mapping[str, str], used: Sequence[str], own: Sequence[str] = ()
) -> Keyed:
    """Key both tables: `on` maps columns of the rows to columns of the table; `own` columns of `right` stay as well.

    Errors: `DataError` for a key that a table lacks, and for a used column that both tables have.
    """
    for frame, names in ((left, list(on)), (right, list(on.values()))):
        lost = next((k for k in names if k not in frame.columns), None)
        if lost is not None:
            got = ", ".join(frame.columns)
            raise DataError("join key missing", column=lost, expected="a column of the table", got=got)
    wanted = [c for c in right.columns if c in used and c not in on.values() and c not in own]
    twice = next((c for c in wanted if c in left.columns), None)
    if twice is not None:
        raise DataError("is in both joined tables", column=twice, expected="different names, or role ignore")
    keys = [f"\0{k}" for k in on]
    pairs = [_comparable(left[here], right[there]) for here, there in on.items()]
    keyed = left.with_columns(here.alias(key) for (here, _), key in zip(pairs, keys, strict=True))
    theirs = right.select(
        *wanted,
        *own,
        pl.lit(True).alias(FOUND),
        *(there.alias(key) for (_, there), key in zip(pairs, keys, strict=True)),
    )
    met = theirs.join(keyed.select(keys).unique(), on=keys, how="semi", maintain_order="left") if keys else theirs
    return Keyed(keyed, met, keys)


def no_repeats(right: pl.DataFrame, keys: Sequence[str], names: Sequence[str]) -> None:
    """Raise `DataError` where the same `keys`, called `names` in the table, occur twice."""
    known = right.select(keys)
    repeated = known.filter(known.is_duplicated()).drop_nulls()
    if repeated.height:
        value = ", ".join(str(v) for v in repeated.row(0))
        raise DataError(
            "the join would multiply rows",
            column=", ".join(names),
            expected="each key once in the joined table",
            got=f"{value!r} more than once",
        )


def _comparable(here: pl.Series, there: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Both as text; a date meets the midnight with which another file writes it."""
    if here.dtype.is_temporal() and there.dtype.is_temporal() and here.dtype != there.dtype:
        here, there = here.cast(pl.Datetime("us")), there.cast(pl.Datetime("us"))
    return labels(here), labels(there)
