"""`basket_pairs`: lines of baskets to rows (anchor, moment, item): what else was in a basket with each item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from warmstart.errors import DataError, UsageError

__all__ = ["basket_pairs"]


def basket_pairs(
    lines: pl.DataFrame, *, basket: Sequence[str], time: str, item: str, most: int, seed: int = 0
) -> pl.DataFrame:
    """Columns anchor, moment, item: one row for each other item of each basket of each anchor, an item being an anchor.

    `lines` has one row or more for each item of a basket, which the columns `basket` name together; `time` is a date or
    time, of which a basket has one. Lines of the same basket and item fold. A `moment` is the basket's time and as many
    microseconds as baskets of the same time stand before it, so that no two baskets share one. Of an anchor's baskets
    in a calendar month `most` (>= 1) are kept, drawn at random by `seed`: rows grow with the square of a basket, and a
    draw within each month tells nothing of a later one.

    Errors: `UsageError` for `most` below 1; `DataError` for a column that is not there or a time that is none.
    """
    if most < 1:
        raise UsageError(f"basket_pairs: expected most >= 1; got {most}")
    lost = next((name for name in (*basket, time, item) if name not in lines.columns), None)
    if lost is not None:
        raise DataError("missing", column=lost, expected="a column of the lines", got=", ".join(lines.columns))
    if lines[time].dtype != pl.Date and not isinstance(lines[time].dtype, pl.Datetime):
        raise DataError("no time", column=time, expected="dates or times", got=str(lines[time].dtype))
    of_basket = lines.group_by(basket, maintain_order=True).agg(
        pl.col(time).first().cast(pl.Datetime("us")).alias("moment")
    )
    order = np.random.default_rng(seed).permutation(of_basket.height)
    numbered = of_basket.sort("moment", *basket).with_columns(
        pl.col("moment") + pl.duration(microseconds=pl.int_range(pl.len()).over("moment")), drawn=pl.Series(order)
    )
    bought = (
        lines.select(*basket, item).unique(maintain_order=True).join(numbered, on=list(basket), maintain_order="left")
    )
    month = pl.col("moment").dt.truncate("1mo")
    kept = pl.col("drawn").rank("ordinal").over(item, month) <= most
    anchors = bought.filter(kept).select(pl.col(item).alias("anchor"), "moment")
    others = bought.select("moment", pl.col(item).alias("item"))
    return anchors.join(others, on="moment", maintain_order="left").filter(pl.col("anchor") != pl.col("item"))
