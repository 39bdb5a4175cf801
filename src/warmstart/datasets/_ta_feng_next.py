"""Ta-Feng's tables of what a customer does next: whether and when the next visit comes, its kind, what it takes."""

from __future__ import annotations

import polars as pl

from warmstart.datasets._ta_feng_rows import CATEGORY, CUTOFF, NAME, first_price, purchases
from warmstart.datasets._ta_feng_visits import DAYS, ITEMS, visit_table
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["NEXT_BASKET", "NEXT_KIND", "NEXT_VISIT", "behaviour", "next_basket", "next_kind", "next_visit"]

NEXT_BASKET, NEXT_KIND, NEXT_VISIT = (f"{NAME}-next-{what}" for what in ("basket", "kind", "visit"))

_RETURN = 14  # days within which a customer returns or does not
_LATEST = 28  # days after which a next visit is no longer waited for
_FEW, _SOME = 3, 7  # most items of the smallest third of the visits before the cut-off, and of the middle third

_BASKET = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "category"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "department"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price"),
    ),
    Target.CHOICE,
)


def behaviour(files: Files) -> Table:
    """One row per visit: whether the customer returns within two weeks, from what the visit and those before it show.

    Visits of the last two weeks before the cut-off and before the end are left out, whatever followed.
    """
    returns = pl.when(DAYS <= _RETURN).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return visit_table(NAME, files, _RETURN, Column("returns", Role.TARGET, Kind.CATEGORY), returns)


def next_visit(files: Files) -> Table:
    """One row per visit: days until the customer's next one, 1 to 28; 28 also for a later one or none.

    Visits of the last four weeks before the cut-off and before the end are left out, whatever followed: of them only
    short gaps can be seen, and a gap that the cut divides is not known to be long. What is left has no unknown gap;
    beyond 28 days nothing is told apart, so that the target stands for "in four weeks or later" there.
    """
    days = DAYS.fill_null(_LATEST).clip(upper_bound=_LATEST).cast(pl.Float64)
    return visit_table(NEXT_VISIT, files, _LATEST, Column("days", Role.TARGET, Kind.NUMBER, log=True), days)


def next_kind(files: Files) -> Table:
    """One row per visit: the kind of the next one within two weeks, by its items: few, some or many; none without it.

    An item is a line of a receipt. Visits are left out as in `behaviour`.
    """
    size = pl.when(ITEMS <= _FEW).then(pl.lit("few")).when(ITEMS <= _SOME).then(pl.lit("some"))
    kind = pl.when(DAYS <= _RETURN).then(size.otherwise(pl.lit("many"))).otherwise(pl.lit("none"))
    return visit_table(NEXT_KIND, files, _RETURN, Column("next", Role.TARGET, Kind.CATEGORY), kind)


def next_basket(files: Files) -> Table:
    """One row per customer, day and category, the first four digits of a subclass; bought again is a row again."""
    rows = purchases(files).with_columns(CATEGORY)
    taken = rows.unique(["customer", "date", "category"], keep="first", maintain_order=True)
    categories = first_price(rows, "category").with_columns(department=pl.col("category").str.head(2))
    frame = taken.select("customer", "date", "category", "age_group", "area")
    return Table(NEXT_BASKET, frame, _BASKET, categories, cutoff=CUTOFF)
