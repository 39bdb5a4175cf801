"""UK used cars: what dealers ask for cars of five makes."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["NEW_MAKES", "SOURCE"]

_NUMBERS = ("year", "mileage", "tax", "mpg", "engineSize")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "make", "model"),
        Column("price", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "maker"),
        *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS),
        *columns(Role.FEATURE, Kind.CATEGORY, "transmission", "fuelType"),
    ),
    Target.NUMBER,
)


def _table(files: Files) -> Table:
    """Price in pounds of a listing, a model of a make being a task; `maker` repeats the make as a descriptor."""
    frame = pl.read_csv(files.read("cars.csv.gz"), infer_schema_length=None)
    numbers = pl.col("price", *_NUMBERS).cast(pl.Float64)
    return Table(SOURCE.name, frame.with_columns(numbers, maker=pl.col("make")), _SCHEMA)


def _new_makes(files: Files) -> Table:
    """The same rows; a new model is of a make of which no model was learned from."""
    return replace(_table(files), name=NEW_MAKES.name, schema=replace(_SCHEMA, group=("make",)))


SOURCE = Source(
    name="uk-used-car-prices",
    summary="59,271 listings of used cars of five makes in the United Kingdom, 118 models",
    licence="CC0 on Kaggle",
    origin="UK used car data set, on Kaggle",
    task_keys=("make", "model"),
    rows=59_271,
    tables={"table": _table, "price": _table},
    folder="uk_used_car_prices",
)

NEW_MAKES = replace(
    SOURCE,
    name="uk-used-car-prices-new-makes",
    summary="the same listings, asked about models of makes that are new: of two makes, by three others",
    tables={"price": _new_makes},
)
