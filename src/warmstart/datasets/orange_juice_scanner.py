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
    own = pl.coalesce(pl.when(pl.col("brand") == brand).then(pl.col(f"price{brand}")) for brand in _BRANDS)
    every = [pl.col(f"price{brand}").log().alias(f"log_price{brand}") for brand in _BRANDS]
    return [own.log().alias("log_own_price"), *every]


SOURCE = Source(
    name="orange-juice-scanner",
    summary="106,139 weeks of sales of 11 brands of orange juice in 83 stores; cheese, tuna and margarine beside it",
    licence="package bayesm: GPL (>= 2); data: James M. Kilts Center, academic use",
    origin="A. L. Montgomery: Creating micro-marketing pricing strategies using supermarket scanner data, "
    "Marketing Science 16(4), 1997; Dominick's Finer Foods; carried by the R package bayesm",
    task_keys=("store", "brand"),
    rows=106_139,
    tables={"demand": _demand, "table": _table},
    folder="orange_juice_scanner",
)
