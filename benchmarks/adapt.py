"""Adaptation: one task in NumPy, ten thousand at once, and how far streaming is from batch."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
import polars as pl

from warmstart.engine.meta_train import meta_train
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.taskset import TaskSet

_TASKS, _ROWS, _ROUNDS = 10_000, 10, 300


def measure() -> Iterator[tuple[str, float, str, str]]:
    """On a synthetic table with five numbers and a category; the model is the default `BayesHead`, trained briefly."""
    tasks = TaskSet.from_table(_table(), _SCHEMA)
    model = meta_train(tasks.take(np.arange(500)), steps=100)
    rows = tasks.take(np.arange(1)).frame
    task = model.adapt(rows)
    params, prepared, bound = model.params, model.prepared, model.bound
    one = _median(lambda: bound.adapt_one(params, prepared, *task.evidence))
    yield "adapt one task, 10 encoded rows, NumPy (p50)", 1000 * one, "ms", "< 0.3"
    yield "adapt one task, 10 rows of a dataframe (p50)", 1000 * _median(lambda: model.adapt(rows)), "ms", "-"
    yield "answer 10 rows of a dataframe (p50)", 1000 * _median(lambda: task.predict(rows)), "ms", "-"
    row = rows[:1]
    yield "update with one row of a dataframe (p50)", 1000 * _median(lambda: task.update(row)), "ms", "-"
    model.adapt_many(tasks)
    many = statistics.median(_seconds(lambda: model.adapt_many(tasks)) for _ in range(5))
    yield "adapt_many, 10,000 tasks of 10 rows, encoding included", many, "s", "< 2"
    streamed = model.adapt(rows[:1])
    for i in range(1, _ROWS):
        streamed = streamed.update(rows[i : i + 1])
    gap = np.abs(streamed.predict(rows).mean - task.predict(rows).mean).max()
    yield "streaming against batch, largest difference", float(gap), "", "< 1e-6"


_SCHEMA = Schema(
    (
        Column("task", Role.TASK, Kind.CATEGORY),
        Column("y", Role.TARGET),
        *(Column(f"x{i}", Role.FEATURE) for i in range(5)),
        Column("kind", Role.FEATURE, Kind.CATEGORY),
    )
)


def _table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    n = _TASKS * _ROWS
    x = {f"x{i}": rng.normal(size=n) for i in range(5)}
    task = np.repeat(np.arange(_TASKS), _ROWS)
    slope = rng.normal(size=_TASKS)
    kind = rng.integers(0, 8, n)
    y = slope[task] * x["x0"] + x["x1"] + 0.1 * kind + 0.3 * rng.normal(size=n)
    return pl.DataFrame({"task": pl.Series(task).cast(pl.String), "y": y, **x, "kind": pl.Series(kind).cast(pl.String)})


def _median(call: Callable[[], object]) -> float:
    return statistics.median(_seconds(call) for _ in range(_ROUNDS))


def _seconds(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started
