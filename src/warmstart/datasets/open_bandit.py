"""Open Bandit: impressions of a fashion shop whose propensities are known."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_FOLDER = "obp/dataset/obd/"
_POLICIES = ("random", "bts")
_CAMPAIGNS = ("all", "men", "women")
_ITEM_CODES = ("item_feature_1", "item_feature_2", "item_feature_3")
_USER_CODES = ("user_feature_0", "user_feature_1", "user_feature_2", "user_feature_3")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "campaign", "ad"),
        *columns(Role.TIME, Kind.DATE, "time"),
        *columns(Role.TARGET, Kind.CATEGORY, "click"),
        *columns(Role.PROPENSITY, Kind.NUMBER, "propensity"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "item_feature_0"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "audience", *_ITEM_CODES),
        *columns(Role.FEATURE, Kind.CATEGORY, "place", *_USER_CODES),
        *columns(Role.FEATURE, Kind.NUMBER, "affinity"),
        *columns(Role.IGNORE, Kind.CATEGORY, "policy"),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether an impression is clicked, an ad of a campaign being a task; 287 of 60,000 are."""
    logs = [_log(files, policy, campaign) for policy in _POLICIES for campaign in _CAMPAIGNS]
    ads = pl.concat([_ads(files, campaign) for campaign in _CAMPAIGNS])
    frame = pl.concat(logs).join(ads, on=["campaign", "ad"], how="left", maintain_order="left")
    return Table(SOURCE.name, frame.with_columns(audience=pl.col("campaign")), _SCHEMA)


def _log(files: Files, policy: str, campaign: str) -> pl.DataFrame:
    log = pl.read_csv(files.read(f"{_FOLDER}{policy}/{campaign}/{campaign}.csv"))
    affinities = pl.concat_list(pl.col("^user-item_affinity_.*$").cast(pl.Float64))  # one column per ad
    return log.select(
        campaign=pl.lit(campaign),
        ad=pl.col("item_id").cast(pl.String),
        policy=pl.lit(policy),
        time=pl.col("timestamp").str.to_datetime(time_zone="UTC", time_unit="us"),
        click=pl.col("click").cast(pl.String),
        propensity=pl.col("propensity_score"),
        place=pl.col("position").cast(pl.String),
        affinity=affinities.list.get(pl.col("item_id")),
        **{name: pl.col(name) for name in _USER_CODES},
    )


def _ads(files: Files, campaign: str) -> pl.DataFrame:
    context = pl.read_csv(files.read(f"{_FOLDER}random/{campaign}/item_context.csv"))
    return context.select(
        "item_feature_0", *_ITEM_CODES, campaign=pl.lit(campaign), ad=pl.col("item_id").cast(pl.String)
    )


SOURCE = Source(
    name="open-bandit",
    summary="60,000 impressions of 80 fashion ads under two policies, with true propensities; 287 clicks",
    licence="package: Apache-2.0; data: CC BY 4.0",
    origin="Y. Saito, S. Aihara, M. Matsutani, Y. Narita: Open Bandit Dataset and Pipeline, 2020; carried by obp",
    task_keys=("campaign", "ad"),
    rows=60_000,
    tables={"table": _table},
    wheel=Wheel(
        package="obp",
        version="0.4.1",
        filename="obp-0.4.1-py3-none-any.whl",
        sha256="87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208",
        size_bytes=1_338_290,
    ),
)
