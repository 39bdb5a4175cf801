"""CDNOW: every purchase of the customers who first bought in the first quarter of 1997."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from warmstart.datasets._cdnow_cohorts import NEXT_PURCHASE, cohorts, next_purchases
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["NEXT", "SOURCE"]

_TEXT = "lifetimes/datasets/CDNOW_master.txt"
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.TARGET, Kind.NUMBER, "discs"),
        *columns(Role.FEATURE, Kind.DATE, "day"),
        *columns(Role.FEATURE, Kind.NUMBER, "days_since_last", "purchases_before"),
        *columns(Role.DESCRIPTOR, Kind.DATE, "first_day"),
        *columns(Role.IGNORE, Kind.NUMBER, "dollars"),
    ),
    Target.COUNT,
)


def _table(files: Files) -> Table:
    """How many discs the next purchase of a customer holds; one row per purchase."""
    rows = _rows(files).sort("customer", "date", maintain_order=True)
    frame = rows.with_columns(
        pl.col("date").alias("day"),
        pl.col("date").diff().dt.total_days().over("customer").cast(pl.Float64).alias("days_since_last"),
        pl.int_range(pl.len()).over("customer").cast(pl.Float64).alias("purchases_before"),
        pl.col("date").first().over("customer").alias("first_day"),
    )
    return Table(SOURCE.name, frame, _SCHEMA)


def _cohorts(files: Files) -> Table:
    """Who does not come back, a day's new customers being a task."""
    return cohorts(_rows(files), SOURCE.name)


def _next_purchases(files: Files) -> Table:
    """When a customer comes back, a day's new customers being a task."""
    return next_purchases(_rows(files), NEXT_PURCHASE)


def _rows(files: Files) -> pl.DataFrame:
    """Columns of fixed order, any number of blanks between them."""
    lines = pl.DataFrame({"line": files.read(_TEXT).decode("ascii").splitlines()[1:]})
    parts = pl.col("line").str.strip_chars().str.replace_all(r" +", " ").str.splitn(" ", 4)
    return (
        lines.select(parts.struct.rename_fields(["customer", "date", "discs", "dollars"]))
        .unnest("line")
        .with_columns(
            pl.col("date").str.to_date("%Y%m%d"), pl.col("discs").cast(pl.Int64), pl.col("dollars").cast(pl.Float64)
        )
    )


SOURCE = Source(
    name="cdnow",
    summary="69,659 purchases of 23,570 customers of a music shop, January 1997 to June 1998",
    licence="package: MIT; data: no licence stated",
    origin="P. S. Fader, B. G. S. Hardie: Forecasting repeat sales at CDNOW: a case study, Interfaces 31(3), 2001; "
    "carried by Lifetimes",
    task_keys=("customer",),
    rows=69_659,
    tables={"churn": _cohorts, "table": _table},
    wheel=Wheel(
        package="Lifetimes",
        version="0.11.3",
        filename="Lifetimes-0.11.3-py3-none-any.whl",
        sha256="261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8",
        size_bytes=584_221,
    ),
)
NEXT = replace(
    SOURCE,
    name=NEXT_PURCHASE,
    summary="cdnow asked when a customer buys next: a hazard for each of four intervals up to 91 days",
    tables={"churn": _next_purchases},
)
