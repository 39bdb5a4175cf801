"""Ta-Feng's demand: pieces of a subclass that the shop sells in a day."""

from __future__ import annotations

import polars as pl

from warmstart.datasets._ta_feng_rows import CATEGORY, NAME, first_price, purchases
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.regular_series import regular_series
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["demand"]

_HORIZON = 14  # days
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "subclass"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.TARGET, Kind.NUMBER, "units"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "category", "department"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "log_price"),
        *columns(Role.FEATURE, Kind.CATEGORY, "weekday"),
        *columns(Role.FEATURE, Kind.NUMBER, "day_of_month"),
    ),
    Target.COUNT,
)


def demand(files: Files) -> Table:
    """One row per subclass and day, from the first day on which any of it is sold; a day without a sale is 0.

    A subclass is described by its category, its department and the price of a piece on its first day.
    """
    lines = purchases(files)
    sold = regular_series(lines, series=("subclass",), time="date", every="1d", value="AMOUNT", fill=0.0)
    price = first_price(lines, "subclass").select("subclass", pl.col("unit_price").log1p().alias("log_price"))
    frame = sold.join(price, on="subclass", how="left", maintain_order="left").select(
        "subclass",
        "date",
        pl.col("AMOUNT").alias("units"),
        CATEGORY,
        pl.col("subclass").str.head(2).alias("department"),
        "log_price",
        pl.col("date").dt.to_string("%a").alias("weekday"),
        pl.col("date").dt.day().cast(pl.Float64).alias("day_of_month"),
    )
    return Table(NAME, frame, _SCHEMA, horizon=_HORIZON)
