"""Six campaigns of a food delivery service to the same 2,240 customers: who accepted which."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_ANSWERS = (*(f"AcceptedCmp{number}" for number in range(1, 6)), "Response")  # in the order of the campaigns
_NUMBERS = ("Year_Birth", "Income", "Kidhome", "Teenhome")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.NUMBER, "campaign"),
        *columns(Role.TASK, Kind.CATEGORY, "Education"),
        *columns(Role.TIME, Kind.NUMBER, "at"),
        *columns(Role.FEATURE, Kind.CATEGORY, "Marital_Status"),
        *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS, "enrolled_day", "accepted_before", "share_accepted_before"),
        *columns(Role.IGNORE, Kind.CATEGORY, "customer"),
        Column("accepted", Role.TARGET, Kind.CATEGORY),
    ),
    Target.CLASS,
    group=("campaign",),
)


def _table(files: Files) -> Table:
    """One row per campaign and customer; a task is a campaign among the customers of one education.

    The campaigns are taken to have come one after the other as they are numbered, the published target being the answer
    to the sixth; then answers to earlier campaigns are known, and only those are features. Left out: amounts spent,
    numbers of purchases and visits, days since the last purchase, complaints. They are totals of about two years, as of
    one day, so that they may hold what these campaigns sold. When a campaign ran is not published: customers who
    enrolled after it stand as not having accepted.
    """
    raw = pl.read_csv(files.read("customers.csv.gz"), infer_schema=False)
    answers = pl.col(*_ANSWERS).cast(pl.Int64)
    known = raw.select(
        "Education",
        "Marital_Status",
        pl.col("ID").alias("customer"),
        pl.col(*_NUMBERS).cast(pl.Float64),
        pl.col("Dt_Customer").str.to_date("%d-%m-%Y").to_physical().cast(pl.Float64).alias("enrolled_day"),
        answers,
    )
    campaigns = [_of_campaign(known, number) for number in range(1, len(_ANSWERS) + 1)]
    return Table(SOURCE.name, pl.concat(campaigns), _SCHEMA, cutoff=len(_ANSWERS) - 1)


def _of_campaign(known: pl.DataFrame, number: int) -> pl.DataFrame:
    """The customers as they were before campaign `number`, from 1, and what they answered."""
    before = pl.sum_horizontal(pl.lit(0), *_ANSWERS[: number - 1]).cast(pl.Float64)
    answer = pl.when(pl.col(_ANSWERS[number - 1]) == 1).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return known.select(
        pl.exclude(_ANSWERS),
        pl.lit(number).alias("campaign"),
        pl.lit(number).alias("at"),
        before.alias("accepted_before"),
        (before / max(number - 1, 1)).alias("share_accepted_before"),
        answer.alias("accepted"),
    )


SOURCE = Source(
    name="marketing-campaign-ifood",
    summary="13,440 answers of 2,240 customers to six campaigns of a food delivery service, 7.5 % of them yes",
    licence="CC0 on Kaggle",
    origin="Customer Personality Analysis (iFood), on Kaggle",
    task_keys=("campaign", "Education"),
    rows=2_240,
    tables={"market": _table},
    folder="marketing_campaign_ifood",
)
