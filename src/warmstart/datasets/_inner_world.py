"""A cold-start world inside training rows: what is chosen there was never chosen on the episodes that judge."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["inner_world"]

_NEW_SHARE = 0.2  # of the users, and of the items: as many as are new in the published split
_FEWEST, _MOST, _ASKED = 13, 100, 10  # rows of an episode and query rows in it, as MeLU draws them


def inner_world(rated: pl.DataFrame, newest: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Episodes and the training pairs beside them, of training rows `rated` (task, item, target).

    New are the first fifth of the items `newest` (latest first) and a fifth of the tasks, by a fixed draw. A task is
    asked in a slice when it has 13 to 100 rows there: 10 rows are its query, the others its support. Rows of known
    tasks with known items train.
    """
    rng = np.random.default_rng(0)
    tasks = rated["task"].unique(maintain_order=True)
    cold = tasks.gather(rng.permutation(len(tasks))[: round(_NEW_SHARE * len(tasks))])
    new = newest.head(round(_NEW_SHARE * len(newest)))
    told = rated.with_columns(
        cold=pl.col("task").is_in(cold.implode()),
        new=pl.col("item").is_in(new.implode()),
        rank=pl.Series(rng.permutation(rated.height)),
    )
    known = ~pl.col("cold") & ~pl.col("new")
    train = told.filter(known).select("task", "item")
    return _episodes(told.filter(~known)), train


def _episodes(told: pl.DataFrame) -> pl.DataFrame:
    """Rows of tasks of fitting size, in each slice in random order, the query first."""
    cold = pl.when("new").then(pl.lit("both_cold")).otherwise(pl.lit("user_cold"))
    sliced = told.with_columns(slice=pl.when("cold").then(cold).otherwise(pl.lit("item_cold")))
    fitting = sliced.filter(pl.len().over("slice", "task").is_between(_FEWEST, _MOST))
    place = pl.col("rank").rank("ordinal").over("slice", "task").cast(pl.Int64) - 1
    asked = place < _ASKED
    return fitting.sort("slice", "task", "rank").select(
        "slice",
        "task",
        "item",
        "target",
        episode=pl.col("task"),
        role=pl.when(asked).then(pl.lit("query")).otherwise(pl.lit("support")),
        position=pl.when(asked).then(place).otherwise(place - _ASKED),
    )
