"""Small shops, and models of them that were never trained: random parameters show every path as well as good ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.fit import class_statistics
from warmstart.engine.model import MetaModel
from warmstart.learners.bayes_head import BayesHead
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

SHOPS, DAYS, ITEMS = 12, 8, 6


def make_shops(target: str = "number") -> Table:
    """Twelve shops in three towns, eight days each; sold units depend on the price and on the shop."""
    rng = np.random.default_rng(0)
    shop, day = np.repeat(np.arange(SHOPS), DAYS), np.tile(np.arange(DAYS), SHOPS)
    price = rng.normal(size=len(shop))
    eta = np.repeat(rng.normal(size=SHOPS), DAYS) - price
    targets = {
        "number": (Target.NUMBER, 100 + 20 * eta),
        "two": (Target.CLASS, np.where(eta > 0, "yes", "no")),
        "three": (Target.CLASS, np.array(["low", "mid", "top"])[np.digitize(eta, [-0.7, 0.7])]),
        "level": (Target.ORDINAL, np.digitize(eta, [-1.0, 0.0, 1.0])),
        "count": (Target.COUNT, rng.poisson(np.exp(eta))),
    }
    kind, sold = targets[target]
    frame = pl.DataFrame(
        {
            "shop": [f"s{i:02d}" for i in shop],
            "day": pl.Series(day).cast(pl.Int32).cast(pl.Date),
            "town": [f"t{i % 3}" for i in shop],
            "price": price,
            "kind": rng.choice(list("uvw"), len(shop)),
            "sold": sold,
        }
    )
    columns = (
        Column("shop", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("town", Role.DESCRIPTOR, Kind.CATEGORY),
        Column("price", Role.FEATURE),
        Column("kind", Role.FEATURE, Kind.CATEGORY),
        Column("sold", Role.TARGET),
    )
    return Table("shops", frame, Schema(columns, kind))


def make_baskets(*, rated: bool = False) -> Table:
    """Twelve users who took (or rated) four of six items."""
    rng = np.random.default_rng(1)
    item = np.concatenate([rng.permutation(ITEMS)[:4] for _ in range(SHOPS)])
    user = np.repeat(np.arange(SHOPS), 4)
    frame = pl.DataFrame({"user": user, "item": [f"i{i}" for i in item], "age": [f"a{u % 2}" for u in user]})
    items = pl.DataFrame({"item": [f"i{i}" for i in range(ITEMS)], "size": np.arange(ITEMS) / 2})
    columns = [
        Column("user", Role.TASK),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("age", Role.DESCRIPTOR, Kind.CATEGORY),
        Column("size", Role.FEATURE),
    ]
    if not rated:
        return Table("baskets", frame, Schema(tuple(columns), Target.CHOICE), items)
    columns.append(Column("stars", Role.TARGET))
    return Table("ratings", frame.with_columns(stars=pl.Series(1 + (item + user) % 5)), Schema(tuple(columns)), items)


TABLES: dict[str, Callable[[], Table]] = {
    **{target: (lambda target=target: make_shops(target)) for target in ("number", "two", "three", "level", "count")},
    "choice": make_baskets,
    "rating": lambda: make_baskets(rated=True),
}


def make_model(table: Table, seed: int = 0, learner: BayesHead | None = None) -> MetaModel:
    """A `BayesHead` with random parameters, encoders fitted on the whole table."""
    tasks, learner = TaskSet.of(table), learner or BayesHead(features=4, hidden=(6,))
    codec = TaskCodec.fit(tasks)
    arrays = codec.encode(tasks)
    rng = np.random.default_rng(seed)
    count = np.bincount(arrays.item[arrays.item >= 0], minlength=codec.spec.items)

    def shaken(leaf: Any) -> np.ndarray:
        return np.asarray(leaf + 0.3 * rng.normal(size=np.shape(leaf)), np.float32)

    params = dict(learner.init(rng, codec.spec, {"item_count": count} | class_statistics(arrays)))
    fixed = {"fixed": params.pop("fixed")} if "fixed" in params else {}
    params = jax.tree.map(shaken, params) | fixed
    return MetaModel(codec, learner, params, arrays.catalogue, {"data": table.name})


@pytest.fixture
def table() -> Callable[[str], Table]:
    """The table of a target: number, two, three (classes), level, count, choice, rating."""
    return lambda target: TABLES[target]()


@pytest.fixture
def model() -> Callable[..., MetaModel]:
    """Makes an untrained model of the table of a target, or of a table."""
    return lambda of, **more: make_model(TABLES[of]() if isinstance(of, str) else of, **more)
