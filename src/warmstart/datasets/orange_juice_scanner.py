"""Orange juice: weekly sales and prices of eleven brands in 83 supermarkets of one chain."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_BRANDS = tuple(range(1, 12))
_PEOPLE = ("age60", "educ", "ethnic", "income", "hhlarge", "workwom", "hval150")
_RIVALS = ("sstrdist", "sstrvol", "cpdist5", "cpwvol5")
_STORE = (*_PEOPLE, *_RIVALS)
_LOG_PRICES = tuple(f"log_price{brand}" for brand in _BRANDS)
_HORIZON = 40  # weeks
_UNITS = Column("units", Role.TARGET, Kind.NUMBER, log=True)
_WEEK_ZERO = dt.date(1989, 9, 7)  # the chain's week 1 begins on 14 September 1989
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "store", "brand"),
        *columns(Role.TIME, Kind.NUMBER, "week"),
        *columns(Role.TARGET, Kind.NUMBER, "logmove"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "juice"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, *_STORE),
        *columns(Role.FEATURE, Kind.NUMBER, "log_own_price", *_LOG_PRICES, "deal", "feat"),
        *columns(Role.FEATURE, Kind.DATE, "week_start"),
    ),
    Target.NUMBER,
    group=("store",),  # stores are few and their brands move together: a new store is new with all its brands
)

_RIVALS_PRICES = ("log_cheapest_rival", "log_mean_rival")
_PRICING = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "store", "brand"),
        *columns(Role.TIME, Kind.NUMBER, "week"),
        Column("units", Role.TARGET, log=True),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, *_STORE),
        *columns(Role.FEATURE, Kind.NUMBER, "log_own_price", *_RIVALS_PRICES, "deal", "feat"),
    ),
    Target.NUMBER,
    group=("store",),
)
_WEEKS = (0, 2, 4, 8, 16, 32)


def _pricing(files: Files) -> Table:
    """Units that a store sells of a brand in a week, whose logarithm is modelled, beside its price and its rivals'.

    The date is left out: all stores belong to one chain, so that a week's date would tell what the other stores sold in
    the same week. Of the ten rivals' prices the lowest and the mean are told.
    """
    sales = pl.read_csv(files.read("orange_juice.csv.gz"), infer_schema_length=None)
    stores = pl.read_csv(files.read("orange_juice_stores.csv.gz"), infer_schema_length=None).rename(str.lower)
    rivals = [pl.when(pl.col("brand") != brand).then(pl.col(f"price{brand}")) for brand in _BRANDS]
    frame = sales.join(stores, on="store", how="left", maintain_order="left", validate="m:1").select(
        pl.col("store", "brand").cast(pl.String),
        "week",
        pl.col("logmove").exp().alias("units"),
        *_STORE,
        _own_price().log().alias("log_own_price"),
        pl.min_horizontal(rivals).log().alias("log_cheapest_rival"),
        pl.mean_horizontal(rivals).log().alias("log_mean_rival"),
        pl.col("deal", "feat").cast(pl.Float64),
    )
    return Table(SOURCE.name, frame, _PRICING, shots=_WEEKS)


def _table(files: Files) -> Table:
    """Logarithm of the units that a store sells of a brand in a week.

    `juice` repeats the brand as a descriptor.

    Left out: `profit`, which is known only when the week is over, and `constant`.
    """
    sales = pl.read_csv(files.read("orange_juice.csv.gz"), infer_schema_length=None)
    stores = pl.read_csv(files.read("orange_juice_stores.csv.gz"), infer_schema_length=None).rename(str.lower)
    rows = sales.join(stores, on="store", how="left", maintain_order="left", validate="m:1")
    frame = rows.select(
        pl.col("store", "brand").cast(pl.String),
        pl.col("brand").cast(pl.String).alias("juice"),
        "week",
        (pl.lit(_WEEK_ZERO) + pl.duration(days=7 * pl.col("week"))).alias("week_start"),
        "logmove",
        *_STORE,
        *_prices(),
        pl.col("deal", "feat").cast(pl.Float64),
    )
    return Table(SOURCE.name, frame, _SCHEMA)


def _demand(files: Files) -> Table:
    """The same rows with units as they are, asked 40 weeks ahead: prices, deals and features are its own plans."""
    table = _table(files)
    frame = table.frame.select(pl.exclude("logmove"), units=pl.col("logmove").exp())
    columns = tuple(_UNITS if column.name == "logmove" else column for column in table.schema.columns)
    return replace(table, frame=frame, schema=replace(table.schema, columns=columns), horizon=_HORIZON)


def _prices() -> list[pl.Expr]:
    """Log price of the row's own brand, then of every brand."""
    every = [pl.col(f"price{brand}").log().alias(f"log_price{brand}") for brand in _BRANDS]
    return [_own_price().log().alias("log_own_price"), *every]


def _own_price() -> pl.Expr:
    """Price of the row's own brand."""
    return pl.coalesce(pl.when(pl.col("brand") == brand).then(pl.col(f"price{brand}")) for brand in _BRANDS)


SOURCE = Source(
    name="orange-juice-scanner",
    summary="106,139 weeks of sales of 11 brands of orange juice in 83 stores; cheese, tuna and margarine beside it",
    licence="package bayesm: GPL (>= 2); data: James M. Kilts Center, academic use",
    origin="A. L. Montgomery: Creating micro-marketing pricing strategies using supermarket scanner data, "
    "Marketing Science 16(4), 1997; Dominick's Finer Foods; carried by the R package bayesm",
    task_keys=("store", "brand"),
    rows=106_139,
    tables={"demand": _demand, "pricing": _pricing, "table": _table},
    folder="orange_juice_scanner",
)
