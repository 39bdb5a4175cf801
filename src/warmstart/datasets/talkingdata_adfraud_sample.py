"""TalkingData: clicks on advertisements for apps, few of which were followed by an installation."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "channel"),
        *columns(Role.TIME, Kind.DATE, "click_time"),
        *columns(Role.TARGET, Kind.CATEGORY, "is_attributed"),
        *columns(Role.FEATURE, Kind.CATEGORY, "app", "device", "os"),
        *columns(Role.FEATURE, Kind.NUMBER, "ip_clicks_before", "hour"),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether the app was installed after a click (1), a channel being a task; a click that never is may be fraud.

    Clicks of the same address are counted over rows of earlier minutes. Left out: the time of the installation.
    """
    raw = pl.read_csv(files.read("clicks.csv.gz"), infer_schema_length=None)
    clicked = pl.col("click_time").str.to_datetime("%Y-%m-%d %H:%M")
    earlier = clicked.rank("min").over("ip").cast(pl.Float64) - 1.0
    frame = raw.select(
        pl.col("channel", "app", "device", "os", "is_attributed").cast(pl.String),
        clicked,
        earlier.alias("ip_clicks_before"),
        clicked.dt.hour().cast(pl.Float64).alias("hour"),
    )
    return Table(SOURCE.name, frame, _SCHEMA)


SOURCE = Source(
    name="talkingdata-adfraud-sample",
    summary="100,000 clicks on advertisements in 161 channels over four days; 227 led to an installation",
    licence="Kaggle competition rules; no open licence",
    origin="TalkingData AdTracking fraud detection challenge, Kaggle 2018: its sample of training rows",
    task_keys=("channel", "app"),
    rows=100_000,
    tables={"fraud": _table},
    folder="talkingdata_adfraud_sample",
)
