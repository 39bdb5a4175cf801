"""Cheese: weekly sales and prices of one package of sliced cheese at 88 retailers of American markets."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "retailer"),
        *columns(Role.TIME, Kind.NUMBER, "week"),
        Column("units", Role.TARGET, log=True),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "market", "chain"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_price", "on_display"),
    ),
    Target.NUMBER,
)
_WEEKS = (0, 2, 4, 8, 16, 32)


def _pricing(files: Files) -> Table:
    """Units that a retailer sells in a market in a week, whose logarithm is modelled.

    Retailers come week after week in one order; the n-th row of a retailer is its n-th week.
    """
    rows = pl.read_csv(files.read("cheese.csv.gz"), infer_schema_length=None)
    place = pl.col("RETAILER").str.splitn(" - ", 2)
    frame = rows.select(
        retailer="RETAILER",
        week=pl.int_range(1, pl.len() + 1).over("RETAILER"),
        units=pl.col("VOLUME").cast(pl.Float64),
        market=place.struct.field("field_0"),
        chain=place.struct.field("field_1"),
        log_price=pl.col("PRICE").log(),
        on_display=pl.col("DISP"),
    )
    return Table(SOURCE.name, frame, _SCHEMA, shots=_WEEKS)


SOURCE = Source(
    name="cheese-scanner",
    summary="5,555 weeks of sales of one cheese at 88 retailers: units, price, share of stores with a display",
    licence="package bayesm: GPL (>= 2); data: academic use",
    origin="P. Boatwright, R. McCulloch, P. Rossi: Account-level modeling for trade promotion, JASA 94, 1999; carried "
    "by the R package bayesm",
    task_keys=("retailer",),
    rows=5_555,
    tables={"pricing": _pricing},
    folder="orange_juice_scanner",
)
