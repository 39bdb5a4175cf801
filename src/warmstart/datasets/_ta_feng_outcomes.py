"""Ta-Feng's table of what follows a visit: whether the customer returns."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets._ta_feng_rows import CUTOFF, NAME, purchases, span
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["behaviour"]

_RETURN = 14  # days within which a customer returns or does not

_BEHAVIOUR = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.TARGET, Kind.CATEGORY, "returns"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_gap", "log_mean_gap", "log_visits"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_items", "log_spent", "log_categories"),
        *columns(Role.FEATURE, Kind.CATEGORY, "weekday", "dearest"),
    ),
    Target.CLASS,
)


def behaviour(files: Files) -> Table:
    """One row per visit: whether the customer returns within two weeks, from what the visit and those before it show.

    Visits of the last two weeks before the cut-off and before the end are left out, whatever followed: to keep those
    of whom the return is seen would make everybody return.
    """
    rows = purchases(files).with_columns(category=pl.col("subclass").str.head(4))
    dearest = pl.col("category").sort_by("SALES_PRICE", "category").last()
    visits = rows.group_by("customer", "date").agg(
        pl.col("age_group", "area").first(),
        pl.len().log1p().alias("log_items"),
        pl.col("SALES_PRICE").sum().log1p().alias("log_spent"),
        pl.col("category").n_unique().log1p().alias("log_categories"),
        dearest.alias("dearest"),
    )
    visits = visits.sort("customer", "date").with_columns(
        next=pl.col("date").shift(-1).over("customer"), number=pl.int_range(pl.len()).over("customer")
    )
    gap = pl.col("date").diff().dt.total_days().over("customer").fill_null(0)
    mean_gap = (pl.col("date") - pl.col("date").first().over("customer")).dt.total_days() / pl.col("number").clip(1)
    soon = (pl.col("next") - pl.col("date")).dt.total_days() <= _RETURN
    until = pl.when(pl.col("date") < CUTOFF).then(pl.lit(CUTOFF)).otherwise(span(rows)[1] + dt.timedelta(1))
    known = pl.col("date") + pl.duration(days=_RETURN) < until  # one who has returned earlier is left out as well
    frame = visits.with_columns(
        log_gap=gap.log1p(),
        log_mean_gap=mean_gap.log1p(),
        log_visits=pl.col("number").log1p(),
        weekday=pl.col("date").dt.to_string("%a"),
        returns=pl.when(soon).then(pl.lit("yes")).otherwise(pl.lit("no")),
    ).filter(known)
    return Table(NAME, frame.drop("next", "number"), _BEHAVIOUR, cutoff=CUTOFF)
