"""E-commerce fraud: first purchases of new users in many countries, and payments by three methods."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["PAYMENTS", "SOURCE"]

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "country"),
        *columns(Role.TIME, Kind.DATE, "purchase_time"),
        *columns(Role.TARGET, Kind.CATEGORY, "class"),
        *columns(Role.FEATURE, Kind.NUMBER, "minutes_since_signup", "purchase_value", "age"),
        *columns(Role.FEATURE, Kind.NUMBER, "device_orders_before", "ip_orders_before"),
        *columns(Role.FEATURE, Kind.CATEGORY, "source", "browser", "sex"),
    ),
    Target.CLASS,
)
_PAYMENT_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "paymentMethod", "localTime"),
        *columns(Role.TARGET, Kind.CATEGORY, "label"),
        *columns(Role.FEATURE, Kind.NUMBER, "numItems", "paymentMethodAgeDays"),
        *columns(Role.IGNORE, Kind.NUMBER, "accountAgeDays"),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether a new user's first purchase is fraud (1), a country being a task.

    How many orders a device or an address had before is counted over all rows of earlier minutes and nothing later.
    Rows whose address lies in no known country (a quarter) count there, and are then left out: they are no market.
    """
    raw = pl.read_csv(files.read("first_purchase_fraud.csv.gz"), infer_schema_length=None)
    rows = raw.with_columns(pl.col("signup_time", "purchase_time").str.to_datetime("%m/%d/%Y %H:%M"))
    waited = (pl.col("purchase_time") - pl.col("signup_time")).dt.total_minutes()
    frame = rows.select(
        "country",
        "purchase_time",
        pl.col("class").cast(pl.String),
        waited.cast(pl.Float64).alias("minutes_since_signup"),
        pl.col("purchase_value", "age").cast(pl.Float64),
        *(_before(key).alias(name) for key, name in _SHARED.items()),
        "source",
        "browser",
        "sex",
    )
    return Table(SOURCE.name, frame.drop_nulls("country"), _SCHEMA)


_SHARED = {"device_id": "device_orders_before", "ip_address": "ip_orders_before"}


def _before(key: str) -> pl.Expr:
    """How many rows with the same value of a column have an earlier purchase."""
    return pl.col("purchase_time").rank("min").over(key).cast(pl.Float64) - 1.0


def _payments(files: Files) -> Table:
    """Whether a payment is fraud (1); a task is a method × a local time, of which there are 25.

    Not a feature: `accountAgeDays`, which is 1 in every fraud and in no other row, an accident of how the table was
    made. The age of the method is never above it; it is known, and kept.
    """
    raw = pl.read_csv(files.read("payment_fraud.csv.gz"), infer_schema_length=None)
    frame = raw.with_columns(
        pl.col("localTime", "label").cast(pl.String),
        pl.col("numItems", "paymentMethodAgeDays", "accountAgeDays").cast(pl.Float64),
    )
    return Table(PAYMENTS.name, frame, _PAYMENT_SCHEMA)


SOURCE = Source(
    name="ecommerce-fraud",
    summary="30,189 first purchases of new users of an online shop, 9.5 % of them fraud; 143 countries",
    licence="not stated",
    origin="Identifying fraudulent activities, a take-home challenge for data scientists",
    task_keys=("country", "source", "browser"),
    rows=30_189,
    tables={"fraud": _table},
    folder="ecommerce_fraud",
)
PAYMENTS = Source(
    name="ecommerce-fraud-payments",
    summary="39,221 payments of an online shop by three methods, 1.4 % of them fraud",
    licence="not stated",
    origin="C. Chio, D. Freeman: Machine Learning and Security, O'Reilly 2018",
    task_keys=("paymentMethod", "localTime"),
    rows=39_221,
    tables={"fraud": _payments},
    folder="ecommerce_fraud",
)
