"""Loans: small firms in California backed by the Small Business Administration, and consumers of a bank in Spain."""

from __future__ import annotations

import datetime as dt

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["CONSUMERS", "SOURCE"]

_DAY_ZERO = dt.date(1960, 1, 1)
_FIRM_NUMBERS = ("GrAppv", "SBA_Appv", "NoEmp", "CreateJob", "RetainedJob")
_FIRM_CATEGORIES = ("NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc", "franchise")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "Bank", "sector"),
        *columns(Role.TIME, Kind.DATE, "approved"),
        *columns(Role.TARGET, Kind.CATEGORY, "Default"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "BankState"),
        *columns(Role.FEATURE, Kind.NUMBER, *_FIRM_NUMBERS),
        *columns(Role.FEATURE, Kind.CATEGORY, *_FIRM_CATEGORIES),
    ),
    Target.CLASS,
    group=("Bank",),  # a new bank is new in every sector
)
_SEGMENT = ("Job", "Home", "Marital")
_CONSUMER_NUMBERS = ("Seniority", "months", "Age", "Expenses", "Income", "Assets", "Debt", "Amount", "Price")
_CONSUMER_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, *_SEGMENT),
        *columns(Role.TARGET, Kind.CATEGORY, "default"),
        *columns(Role.FEATURE, Kind.NUMBER, *_CONSUMER_NUMBERS),
        *columns(Role.FEATURE, Kind.CATEGORY, "Records"),
    ),
    Target.CLASS,
)


def _firms(files: Files) -> Table:
    """Whether a loan was not paid back (1), from what is known when it is approved; a task is a bank × a sector.

    Left out is what comes later: status, charge-off, balance and disbursement. So is the term, which was overwritten
    when a loan was charged off: of terms in whole years 4 % defaulted, of others 88 %; and with it what was computed
    from it: `daysterm`, `xx`, `Recession` and `RealEstate`, which says that the term is 20 years or more. The date
    orders loans and is no feature. Three loans without a bank are left out.
    """
    raw = pl.read_csv(files.read("sba_california.csv.gz"), infer_schema_length=None)
    frame = raw.select(
        "Bank",
        (pl.col("NAICS") // 1000).cast(pl.String).alias("sector"),
        (pl.lit(_DAY_ZERO) + pl.duration(days=pl.col("ApprovalDate"))).alias("approved"),
        pl.col("Default").cast(pl.String),
        "BankState",
        pl.col(*_FIRM_NUMBERS).cast(pl.Float64),
        pl.col("NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc").cast(pl.String),
        (pl.col("FranchiseCode") > 1).cast(pl.String).alias("franchise"),  # 0 and 1 stand for none
    )
    return Table(SOURCE.name, frame.drop_nulls("Bank"), _SCHEMA)


def _consumers(files: Files) -> Table:
    """Whether a consumer's loan went bad (1); a task is kind of job × of home × marital status.

    `months` is the term that was asked for. Nine loans of which one of the three is unknown are left out.
    """
    raw = pl.read_csv(files.read("credit_data.csv.gz"), infer_schema_length=None, null_values="NA")
    frame = raw.drop_nulls(_SEGMENT).select(
        *_SEGMENT,
        pl.when(pl.col("Status") == "bad").then(pl.lit("1")).otherwise(pl.lit("0")).alias("default"),
        pl.col("Records"),
        *(pl.col("Time" if name == "months" else name).cast(pl.Float64).alias(name) for name in _CONSUMER_NUMBERS),
    )
    return Table(CONSUMERS.name, frame, _CONSUMER_SCHEMA)


SOURCE = Source(
    name="credit-loans",
    summary="2,101 loans to firms in real estate and rental in California by 154 banks, 1988 to 2011; 32.7 % defaulted",
    licence="United States government data",
    origin="M. Li, A. Mickel, S. Taylor: Should this loan be approved or denied?, J. Statistics Education 26(1), 2018",
    task_keys=("Bank", "NAICS"),
    rows=2_101,
    tables={"credit": _firms},
    folder="credit_loans",
)
CONSUMERS = Source(
    name="credit-loans-consumers",
    summary="4,454 consumer loans of a bank in Spain, 28.2 % of them bad",
    licence="package modeldata: MIT",
    origin="L. A. Belanche: credit scoring data of the Technical University of Catalonia; carried by modeldata",
    task_keys=_SEGMENT,
    rows=4_454,
    tables={"credit": _consumers},
    folder="credit_loans",
)
