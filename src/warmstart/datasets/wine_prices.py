"""Wine prices: what three shops ask for wines, with names, grapes and regions."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_FOLDER = "carte_ai/data/"
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "shop", "region"),
        *columns(Role.TARGET, Kind.NUMBER, "log_price"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "market"),
        *columns(Role.DESCRIPTOR, Kind.TEXT, "region_words"),
        *columns(Role.FEATURE, Kind.TEXT, "name", "grapes"),
        *columns(Role.FEATURE, Kind.CATEGORY, "wine_type", "winery"),
        *columns(Role.FEATURE, Kind.NUMBER, "year", "volume_ml", "alcohol_percent"),
    ),
    Target.NUMBER,
)
_PRICE = Column("price", Role.TARGET, Kind.NUMBER, log=True)
_PRICE_SCHEMA = Schema(tuple(_PRICE if c.role is Role.TARGET else c for c in _SCHEMA.columns), Target.NUMBER)


def _table(files: Files) -> Table:
    """Natural logarithm of a bottle's price in the shop's own currency, a shop's region being a task.

    Left out: ratings, which may be younger than the price. What a shop does not tell is missing.
    """
    shops = pl.concat([_american(files), _polish(files), _european(files)], how="diagonal")
    shops = shops.with_columns(
        pl.col("region").str.strip_chars().replace("", None),
        pl.col("wine_type").str.to_lowercase().str.strip_suffix(" wine").replace("0", None),
        pl.col("year").cast(pl.Float64, strict=False),
    ).drop_nulls("region")
    copies = {"market": pl.col("shop"), "region_words": pl.col("region")}  # a column has one role
    return Table(SOURCE.name, shops.with_columns(**copies), _SCHEMA)


def _price(files: Files) -> Table:
    """The price itself, whose logarithm is modelled, so that errors can be told in shares of it."""
    table = _table(files)
    frame = table.frame.with_columns(price=pl.col("log_price").cast(pl.Float64).exp()).drop("log_price")
    return replace(table, frame=frame, schema=_PRICE_SCHEMA)


def _part(files: Files, part: str) -> pl.DataFrame:
    return pl.read_parquet(files.read(f"{_FOLDER}{part}.parquet"))


def _american(files: Files) -> pl.DataFrame:
    return _part(files, "wine_dot_com_prices").select(
        shop=pl.lit("us"),
        region="Region",
        log_price="Prices",
        name="Names",
        grapes="Grapes",
        wine_type="wine_type",
        year="Year",
        volume_ml="Capacity",
        alcohol_percent="ABV",
    )


def _polish(files: Files) -> pl.DataFrame:
    # This shop's prices come as decimal logarithms, the others' as natural ones: their powers are whole cents.
    natural = pl.col("price") * math.log(10)
    return _part(files, "wine_pl").select(
        shop=pl.lit("pl"),
        region="region",
        log_price=natural,
        name="name",
        grapes="grapes",
        wine_type="wine_type",
        year="vintage",
        volume_ml="volume",
        alcohol_percent="ABV",
        winery="vineyard",
    )


def _european(files: Files) -> pl.DataFrame:
    return _part(files, "wine_vivino_price").select(
        shop=pl.lit("eu"),
        region="Region",
        log_price="Price",
        name="Name",
        wine_type="Wine_Type",
        year="Year",
        winery="Winery",
    )


SOURCE = Source(
    name="wine-prices",
    summary="31,335 wine prices of three shops (United States 15,254, Europe 13,834, Poland 2,247)",
    licence="package: BSD-3-Clause (its text) or MIT (its metadata); data: no licence stated",
    origin="M. J. Kim, L. Grinsztajn, G. Varoquaux: CARTE, ICML 2024; carried by carte-ai",
    task_keys=("shop", "winery", "region"),
    rows=31_335,
    tables={"table": _table, "price": _price},
    wheel=Wheel(
        package="carte-ai",
        version="0.0.26",
        filename="carte_ai-0.0.26-py3-none-any.whl",
        sha256="8d665e844701b21bf5339f0720d349bfb52f48461d8d34e78d308b8a66743ba0",
        size_bytes=40_327_277,
    ),
)
