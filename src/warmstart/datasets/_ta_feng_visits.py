"""Ta-Feng's visits: what a day's purchases of a customer show, and what followed them."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets._ta_feng_rows import CATEGORY, CUTOFF, purchases, span
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["DAYS", "ITEMS", "visit_table"]

DAYS = pl.col("next_days")
"""Days until the customer's next visit; null where the data show none."""
ITEMS = pl.col("next_items")
"""Lines of the receipts of that visit; null where the data show none."""

_COLUMNS = (
    *columns(Role.TASK, Kind.CATEGORY, "customer"),
    *columns(Role.TIME, Kind.DATE, "date"),
    *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
    *columns(Role.FEATURE, Kind.NUMBER, "log_gap", "log_mean_gap", "log_visits"),
    *columns(Role.FEATURE, Kind.NUMBER, "log_items", "log_spent", "log_categories"),
    *columns(Role.FEATURE, Kind.CATEGORY, "weekday", "dearest"),
)


def visit_table(name: str, files: Files, days: int, target: Column, answer: pl.Expr) -> Table:
    """One row per visit, with `answer` (of `DAYS` and `ITEMS`) to a question about the `days` days after it.

    Visits whose days are not all before the cut-off, or for later visits before the end of the data, are left out,
    whatever followed: to keep those of whom the return is seen would make everybody return.
    """
    rows = purchases(files)
    until = pl.when(pl.col("date") < CUTOFF).then(pl.lit(CUTOFF)).otherwise(span(rows)[1] + dt.timedelta(1))
    seen = pl.col("date") + pl.duration(days=days) < until
    schema = Schema((*_COLUMNS, target), Target.CLASS if target.kind is Kind.CATEGORY else Target.NUMBER)
    frame = _visits(rows).filter(seen).with_columns(answer.alias(target.name))
    return Table(name, frame.select(column.name for column in schema.columns), schema, cutoff=CUTOFF)


def _visits(rows: pl.DataFrame) -> pl.DataFrame:
    """All visits by customer and day: their features, which look at no later day, and the visit after each."""
    visits = _by_day(rows).sort("customer", "date").with_columns(number=pl.int_range(pl.len()).over("customer"))
    gap = pl.col("date").diff().dt.total_days().over("customer")
    first = pl.col("date").first().over("customer")
    mean_gap = (pl.col("date") - first).dt.total_days() / pl.col("number").clip(1)
    return visits.with_columns(
        log_gap=gap.fill_null(0).log1p(),
        log_mean_gap=mean_gap.log1p(),
        log_visits=pl.col("number").log1p(),
        log_items=pl.col("items").log1p(),
        weekday=pl.col("date").dt.to_string("%a"),
        next_days=gap.shift(-1).over("customer"),
        next_items=pl.col("items").shift(-1).over("customer"),
    )


def _by_day(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per customer and day."""
    lines = rows.with_columns(CATEGORY)
    return lines.group_by("customer", "date").agg(
        pl.col("age_group", "area").first(),
        pl.len().alias("items"),
        pl.col("SALES_PRICE").sum().log1p().alias("log_spent"),
        pl.col("category").n_unique().log1p().alias("log_categories"),
        pl.col("category").sort_by("SALES_PRICE", "category").last().alias("dearest"),
    )
