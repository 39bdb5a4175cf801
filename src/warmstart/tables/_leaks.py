"""Find features that alone give the target away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from warmstart.tables._values import labels
from warmstart.tables.schema import Column, Kind, Schema, Target

__all__ = ["Leak", "find_leaks"]

RANK = 0.999
DECIDED = 0.999
FEWEST = 20
"""Fewer rows prove nothing."""
_HALF = 0.5


@dataclass(frozen=True)
class Leak:
    """One feature that predicts the target nearly perfectly."""

    column: str
    how: str
    strength: float
    """Rank correlation (absolute), or the share of rows whose class the category decides."""
    copy: bool
    """Whether it is the target itself, a monotone transform of it, or decides the class without exception: refused."""


def find_leaks(frame: pl.DataFrame, schema: Schema, features: Sequence[Column]) -> tuple[Leak, ...]:
    """Leaks among the features, in their order."""
    if schema.target is None or frame.height < FEWEST:
        return ()
    found = (_leak(frame, c, schema.target, schema.target_type) for c in features)
    return tuple(leak for leak in found if leak is not None)


def _leak(frame: pl.DataFrame, column: Column, target: str, kind: Target) -> Leak | None:
    pair = frame.select(pl.col(column.name).alias("x"), pl.col(target).alias("y"))
    if pair["x"].dtype.is_float():
        pair = pair.with_columns(pl.col("x").fill_nan(None))
    pair = pair.drop_nulls()
    if pair.height < FEWEST or pair["x"].dtype.is_nested():
        return None
    x, y = labels(pair["x"]), labels(pair["y"])
    if pair["y"].n_unique() > 1 and bool((x == y).all()):
        return Leak(column.name, "equals the target", 1.0, copy=True)
    if kind in (Target.CLASS, Target.ORDINAL):
        return _decides(x, y, column.name)
    if column.kind is Kind.NUMBER and pair["x"].dtype.is_numeric() and pair["y"].dtype.is_numeric():
        return _ranks(pair, column.name)
    return None


def _ranks(pair: pl.DataFrame, name: str) -> Leak | None:
    """A number that orders rows as the target does; a copy where each of its values has one target, and the reverse."""
    if pair["x"].n_unique() < FEWEST:
        return None
    ranks = pair.select(pl.all().rank("average")).to_numpy()
    strength = abs(float(np.corrcoef(ranks.T)[0, 1])) if np.ptp(ranks, axis=0).all() else 0.0
    if strength <= RANK:
        return None
    copy = pair.n_unique() == pair["x"].n_unique() == pair["y"].n_unique() and strength > 1.0 - 1e-12
    how = "is a monotone transform of the target" if copy else "orders rows as the target does"
    return Leak(name, how, strength, copy=copy)


def _decides(x: pl.Series, y: pl.Series, name: str) -> Leak | None:
    """A feature whose values, seen several times each, decide the class; a copy where classes decide it too."""
    pair = pl.DataFrame({"x": x, "y": y})
    counts = pair.group_by("x", "y").len().group_by("x").agg(pl.col("len").max().alias("top"), pl.col("len").sum())
    several = counts.filter(pl.col("len") > 1)
    rows = int(several["len"].sum())
    if rows < pair.height / 2 or counts.height == 1 or y.n_unique() == 1:
        return None
    strength = float(several["top"].sum()) / rows
    base = float(y.value_counts()["count"].max() or 0) / len(y)  # type: ignore[arg-type]
    if strength < DECIDED or strength - base < (1.0 - base) / 2:
        return None
    if pair.n_unique() == x.n_unique() == y.n_unique():
        return Leak(name, "is the target under other names", strength, copy=True)
    return Leak(name, "decides the class", strength, copy=strength == 1.0 and _often(pair))


def _often(pair: pl.DataFrame) -> bool:
    """Whether values that are seen many times each hold half of all rows, and of the rows of every class."""
    many = pl.len().over("x") >= FEWEST
    shares = pair.select("y", many.alias("many")).group_by("y").agg(pl.col("many").mean(), pl.len())
    rows = float((shares["many"] * shares["len"]).sum()) / pair.height
    return rows >= _HALF and float(shares["many"].min() or 0.0) >= _HALF  # type: ignore[arg-type]
