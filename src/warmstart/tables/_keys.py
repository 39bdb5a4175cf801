"""Find keys by structure: what joins two tables, what nests, what a panel is made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from warmstart.errors import DataError
from warmstart.tables._values import labels

__all__ = ["constant_within", "join_key", "panel_key", "rises"]

LOOKED_AT = 200_000
COVERED, SAME_NAME = 0.9, 0.1
CONSTANT = 0.99
RISING = 0.8
MOST_PARTS = 8


def join_key(left: pl.DataFrame, right: pl.DataFrame, name: str) -> dict[str, str]:
    """The column of the rows and the unique column of the other table whose values agree best.

    Errors: `DataError` when no column of `right` is unique and covers a column of the rows.
    """
    rights = [c for c in _naming(right) if right[c].n_unique() == right.height and not right[c].null_count()]
    pairs = [(a, b) for b in rights for a in _naming(left)]
    scores = [_covered(left[a], right[b]) + SAME_NAME * (a.casefold() == b.casefold()) for a, b in pairs]
    if max(scores, default=0.0) < COVERED:
        expected = "a column that has each value once and covers a column of the rows"
        raise DataError(f"{name}: nothing joins it to the rows", expected=expected, got=", ".join(right.columns))
    a, b = pairs[scores.index(max(scores))]
    return {a: b}


def _naming(frame: pl.DataFrame) -> list[str]:
    """Columns whose values could name something."""
    return [c for c, t in frame.schema.items() if t.is_integer() or t in (pl.String, pl.Categorical, pl.Enum)]


def _covered(left: pl.Series, right: pl.Series) -> float:
    """Share of the distinct values of `left` that `right` has; 0 for too few to tell."""
    values = labels(left).drop_nulls().unique()
    return float(values.is_in(labels(right).to_list()).mean() or 0.0) if len(values) > 1 else 0.0  # type: ignore[arg-type]


def constant_within(
    frame: pl.DataFrame, keys: Sequence[str], columns: Sequence[str], share: float = CONSTANT
) -> set[str]:
    """Columns with one value (missing ones aside) in this share of the groups of two rows or more."""
    if not columns or not keys:
        return set()
    groups = frame.group_by(keys).agg(pl.len().alias("\0rows"), pl.col(columns).drop_nulls().n_unique())
    several = groups.filter(pl.col("\0rows") > 1)
    if not several.height:
        return set()
    shares = several.select((pl.col(columns) <= 1).mean()).row(0)
    return {c for c, found in zip(columns, shares, strict=True) if found >= share}


def rises(values: pl.Series) -> bool:
    """Whether it grows from row to row nearly everywhere, and starts anew at times: a clock within each task."""
    steps = values.head(LOOKED_AT).cast(pl.Float64).diff().drop_nulls()
    return len(steps) > 0 and float((steps > 0).mean() or 0.0) > RISING and bool((steps < 0).any())  # type: ignore[arg-type]


def panel_key(frame: pl.DataFrame, candidates: Sequence[str], time: str) -> tuple[str, ...] | None:
    """The fewest columns that, with the time, name every row: one, or two."""
    head = frame.head(LOOKED_AT)
    for parts in (1, 2):
        for keys in combinations(candidates[:MOST_PARTS], parts):
            if not head.select(*keys, time).is_duplicated().any():
                return keys
    return None
