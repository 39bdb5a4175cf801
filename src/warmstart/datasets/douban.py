"""Douban: ratings of books and of music by the same users, as two directions of one cross-domain problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["BACK", "SOURCE"]

_DOMAINS = ("book", "music")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "user"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.TARGET, Kind.NUMBER, "rating"),
        *columns(Role.FEATURE, Kind.CATEGORY, "domain"),
    ),
    Target.NUMBER,
    domain="domain",
    target_domain="music",
)


def _towards(name: str, target: str) -> Callable[[Files], Table]:
    """Reader of one row per rating, with the items of both domains in one catalogue; users are asked about `target`."""

    def read(files: Files) -> Table:
        rows = pl.concat([_ratings(files, domain) for domain in _DOMAINS])
        items = rows.select("item", "domain").unique(maintain_order=True)
        return Table(name, rows.drop("domain"), replace(_SCHEMA, target_domain=target), items)

    return read


def _ratings(files: Files, domain: str) -> pl.DataFrame:
    """Each domain counts its items anew, so their names begin with it; users are numbered alike in both."""
    rows = pl.read_csv(files.read(f"douban_{domain}.csv.gz"), infer_schema=False)
    return rows.select(
        user="user_id",
        item=pl.concat_str(pl.lit(domain), "item_id", separator=" "),
        rating=pl.col("rating").cast(pl.Float64),
        domain=pl.lit(domain),
    )


SOURCE = Source(
    name="douban-cross-domain",
    summary="165,750 ratings of books and music by 2,216 Douban users, 1,566 in both; known by books, asked music",
    licence="repository: GPL-3.0 (code); data: no licence stated",
    origin="F. Zhu, C. Chen, Y. Wang, G. Liu, X. Zheng: DTCDR, CIKM 2019, and GA-DTCDR, IJCAI 2020",
    task_keys=("user",),
    rows=165_750,
    tables={"cross_domain": _towards("douban-cross-domain", "music")},
    folder="douban_cross_domain",
)
BACK = replace(
    SOURCE,
    name="douban-cross-domain-back",
    summary="the same ratings of Douban users the other way: known by music, asked books",
    tables={"cross_domain": _towards("douban-cross-domain-back", "book")},
)
