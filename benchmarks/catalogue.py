"""A catalogue of a million items: building its index, lists for very many users, and what the index misses."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from time import perf_counter

import numpy as np
import polars as pl

from warmstart.engine.item_index import ItemIndex
from warmstart.engine.model import MetaModel
from warmstart.learners.bayes_head import BayesHead
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

_ITEMS, _USERS, _CHOSEN, _TOP = 1_000_000, 20_000, 10, 20
_JUDGED = 200


def measure() -> Iterator[tuple[str, float, str, str]]:
    """Items of eight numbers with random parameters of a `BayesHead`, and a popularity that falls as 1 / rank."""
    model, tasks = random_shop(_ITEMS, _USERS)
    yield "embedded catalogue of 1 M items", model.prepared.nbytes / 2**30, "GiB", "-"
    started = perf_counter()
    index = ItemIndex.of(model)
    yield "index of 1 M items, built", perf_counter() - started, "s", "-"
    adapted = model.adapt_many(tasks)
    index.top(adapted, _TOP)  # compiles
    started = perf_counter()
    adapted = model.adapt_many(tasks)
    best = index.top(adapted, _TOP)
    rate = _USERS / (perf_counter() - started)
    yield "users a second: adapted, top 20 of 1 M items", rate, "1/s", "-"
    yield "hours for 1 M users at that rate", 1e6 / rate / 3600, "h", "-"
    score = [model.bound.predict_one(model.params, model.prepared, adapted[t].state, None).mean for t in range(_JUDGED)]
    exact = [np.argpartition(-each, _TOP)[:_TOP] for each in score]
    found = np.mean([np.isin(mine, theirs).mean() for mine, theirs in zip(exact, best.item, strict=False)])
    yield "recall of the exact top 20", float(found), "", "> 0.95"
    yield "peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB", "-"


def random_shop(items: int, users: int) -> tuple[MetaModel, TaskSet]:
    """A model that was never trained, and users of ten items each, drawn by popularity."""
    rng = np.random.default_rng(0)
    name = pl.Series("item", np.arange(items)).cast(pl.String)
    rank = np.minimum(rng.pareto(0.5, users * _CHOSEN), items - 1).astype(np.int64)
    frame = pl.DataFrame({"user": np.repeat(np.arange(users), _CHOSEN), "item": name.gather(rank)})
    catalogue = pl.DataFrame({"item": name} | {f"x{j}": rng.normal(size=items) for j in range(8)})
    columns = (Column("user", Role.TASK), Column("item", Role.ITEM, Kind.CATEGORY))
    schema = Schema((*columns, *(Column(f"x{j}", Role.FEATURE) for j in range(8))), Target.CHOICE)
    tasks = TaskSet.of(Table("shop", frame, schema, catalogue))
    codec = TaskCodec.fit(tasks)
    learner = BayesHead()
    count = (items / np.arange(1, items + 1)).astype(np.int64)
    params = learner.init(rng, codec.spec, {"item_count": count})
    return MetaModel(codec, learner, learner.finish(params, {}), codec.catalogue(tasks)), tasks
