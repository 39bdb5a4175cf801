"""Ta-Feng's tables of choices: what a customer, an anchor item or a visit takes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from warmstart.datasets._ta_feng_rows import CATEGORY, CUTOFF, NAME, first_price, items_of, purchases
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.tables.basket_pairs import basket_pairs
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["associate", "guide", "needs", "recommend"]

_VISITS = 10  # of the visits from the cut-off on every tenth is kept, by its number
_MOST_BASKETS = 10  # of an anchor in a month: 4.4 million rows instead of 10.3

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category", "maker"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)
_NEEDS = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "need"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price"),
    ),
    Target.CHOICE,
)
_ASSOCIATE = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "anchor"),
        *columns(Role.TIME, Kind.DATE, "moment"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "anchor_subclass", "anchor_category", "anchor_maker"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "anchor_unit_price", "anchor_unit_cost"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category", "maker"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)
_GUIDE = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "visit"),
        *columns(Role.TIME, Kind.DATE, "moment"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area", "weekday"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category", "maker"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)


def recommend(files: Files) -> Table:
    """One row per customer, day and item; the day is all that is known of a purchase's time."""
    rows = purchases(files)
    frame = rows.select("customer", "date", "item", "age_group", "area")
    return Table(NAME, frame, _SCHEMA, items_of(rows), cutoff=CUTOFF)


def needs(files: Files) -> Table:
    """One row per customer and subclass, of the day on which the customer first bought any of it."""
    rows = purchases(files)
    first = rows.sort("date", maintain_order=True).unique(["customer", "subclass"], keep="first", maintain_order=True)
    frame = first.select("customer", "date", pl.col("subclass").alias("need"), "age_group", "area")
    needs = first_price(rows, "subclass").select(pl.col("subclass").alias("need"), CATEGORY, "unit_price")
    return Table(NAME, frame, _NEEDS, needs, cutoff=CUTOFF)


def associate(files: Files) -> Table:
    """One row per anchor item, basket (what a customer buys in a day) and other item of the basket."""
    rows = purchases(files)
    items = items_of(rows)
    pairs = basket_pairs(rows, basket=("customer", "date"), time="date", item="item", most=_MOST_BASKETS)
    anchors = items.select(pl.col("item").alias("anchor"), pl.exclude("item").name.prefix("anchor_"))
    frame = pairs.join(anchors, on="anchor", how="left", maintain_order="left")
    return Table(NAME, frame, _ASSOCIATE, items, cutoff=CUTOFF)


def guide(files: Files) -> Table:
    """One row per visit (what a customer buys in a day) and item, in an order that is drawn: it is not known.

    Visits of two items or more; of those from the cut-off on a tenth.
    """
    rows = purchases(files)
    lines = rows.unique(["customer", "date", "item"], maintain_order=True).sort("date", "customer", "item")
    chance = np.random.default_rng(0).random(lines.height)
    lines = lines.with_columns(chance=pl.Series(chance), visit=pl.concat_str("customer", "date", separator=" ")).filter(
        pl.len().over("visit") > 1
    )
    place = pl.duration(microseconds=pl.col("chance").rank("ordinal").over("visit") - 1)
    number = pl.struct("date", "customer").rank("dense")
    kept = (pl.col("date") < CUTOFF) | (number % _VISITS == 0)
    frame = lines.filter(kept).select(
        "visit",
        (pl.col("date").cast(pl.Datetime("us")) + place).alias("moment"),
        "item",
        "age_group",
        "area",
        pl.col("date").dt.to_string("%a").alias("weekday"),
    )
    return Table(NAME, frame, _GUIDE, items_of(rows), cutoff=dt.datetime.combine(CUTOFF, dt.time()))
