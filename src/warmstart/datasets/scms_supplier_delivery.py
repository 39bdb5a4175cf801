"""Supplier deliveries: which shipments of medical supplies came later than scheduled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["DAYS_LATE", "SOURCE"]

_CATEGORIES = (
    "Country",
    "Managed By",
    "Fulfill Via",
    "Vendor INCO Term",
    "Shipment Mode",
    "Product Group",
    "Sub Classification",
    "Molecule/Test Type",
    "Brand",
    "Dosage",
    "Dosage Form",
    "Manufacturing Site",
    "First Line Designation",
)
_NUMBERS = ("Unit of Measure (Per Pack)", "Line Item Quantity", "Line Item Value", "Pack Price", "Unit Price")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "Vendor"),
        *columns(Role.TIME, Kind.DATE, "Scheduled Delivery Date"),
        *columns(Role.TARGET, Kind.CATEGORY, "late"),
        *columns(Role.DESCRIPTOR, Kind.TEXT, "vendor_name"),
        *columns(Role.FEATURE, Kind.CATEGORY, *_CATEGORIES),
        *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS, "lead_days"),
        *columns(Role.FEATURE, Kind.DATE, "scheduled"),
    ),
    Target.CLASS,
)
_DAYS = Column("log_days_late", Role.TARGET)
_DAYS_SCHEMA = Schema(tuple(_DAYS if c.role is Role.TARGET else c for c in _SCHEMA.columns), Target.NUMBER)
_CUTOFF = dt.date(2012, 1, 1)  # 22 vendors have ten lines before it and a later one


def _table(files: Files) -> Table:
    """Whether a shipment comes after its scheduled day, a vendor being a task, from what is known when it is ordered.

    Left out: the days of delivery and of its record, and weight, freight and insurance, which are known after shipping;
    numbers of projects, quotes, orders and notes.
    """
    return Table(SOURCE.name, _shipments(files).drop("delivered", "log_days_late"), _SCHEMA)


def _late(files: Files) -> Table:
    """The same question, with a day on which it is asked: what is told has arrived before it, what is asked has not.

    Shipments that were to come before that day and came on it or later are left out, whatever became of them.
    """
    return Table(SOURCE.name, _divided(files).drop("delivered", "log_days_late"), _SCHEMA, cutoff=_CUTOFF)


def _days_late(files: Files) -> Table:
    """How many days late (or early, below zero) a shipment comes: sign(days) ln(1 + |days|).

    Half of the lines come on the very day and others up to a year early, so that a mean of days says nothing.
    """
    return Table(DAYS_LATE.name, _divided(files).drop("delivered", "late"), _DAYS_SCHEMA, cutoff=_CUTOFF)


def _divided(files: Files) -> pl.DataFrame:
    return _shipments(files).filter((pl.col("scheduled") >= _CUTOFF) | (pl.col("delivered") < _CUTOFF))


def _shipments(files: Files) -> pl.DataFrame:
    raw = pl.read_csv(files.read("shipments.csv.gz"), infer_schema=False)
    scheduled = pl.col("Scheduled Delivery Date").str.to_date("%d-%b-%y")
    delivered = pl.col("Delivered to Client Date").str.to_date("%d-%b-%y")
    days = (delivered - scheduled).dt.total_days()
    return raw.select(
        "Vendor",
        pl.col("Vendor").alias("vendor_name"),
        scheduled,
        scheduled.alias("scheduled"),
        (scheduled - _order_day()).dt.total_days().cast(pl.Float64).alias("lead_days"),
        pl.when(delivered > scheduled).then(pl.lit("late")).otherwise(pl.lit("on time")).alias("late"),
        (days.sign() * days.abs().log1p()).alias("log_days_late"),
        delivered.alias("delivered"),
        *_CATEGORIES,
        pl.col(*_NUMBERS).cast(pl.Float64),
    )


def _order_day() -> pl.Expr:
    """Day of the order, missing where it was not captured.

    On its way a spreadsheet took month/day/year of the first twelve days of a month for year-month-day: 2004-11-13 was
    4/11/13. Read back so, orders lie before deliveries by the same spans as those whose day was above twelve.
    """
    told = pl.col("PO Sent to Vendor Date")
    return pl.coalesce(told.str.to_date("%m/%d/%y", strict=False), told.str.to_date("20%m-%d-%y", strict=False))


SOURCE = Source(
    name="scms-supplier-delivery",
    summary="10,324 shipment lines of medical supplies by 73 vendors to 43 countries, 2006 to 2015; 11.5 % came late",
    licence="United States government open data, public domain",
    origin="USAID: Supply Chain Management System, delivery history",
    task_keys=("Vendor", "Country", "Manufacturing Site"),
    rows=10_324,
    tables={"table": _table, "supplier": _late},
    folder="scms_supplier_delivery",
)

DAYS_LATE = replace(
    SOURCE,
    name="scms-days-late",
    summary="the same shipment lines, asked how many days late they come",
    tables={"supplier": _days_late},
)
