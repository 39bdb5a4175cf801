"""How long a shop waits for a list: one customer, adaptation included, over the 23,812 items of Ta-Feng."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import perf_counter

import numpy as np
import polars as pl

import warmstart as ws
from warmstart.datasets.catalog import load
from warmstart.prediction import Scores
from warmstart.scenarios.catalog import scenario
from warmstart.tasks.taskset import TaskSet

_LEARNERS = ("blend", "bayes_head", "rerank")
_CUSTOMERS, _FIRST, _SHOWN = 300, 5, 20


def measure() -> Iterator[tuple[str, float, str, str]]:
    """Customers with five items on their first day, each asked once, by models of all customers."""
    table = load("ta-feng", "recommend")
    recommend = scenario("recommend")
    tasks, settings = TaskSet.of(table), recommend.settings_for("ranking")
    first = table.frame.filter(pl.col("date") == pl.col("date").min().over("customer"))
    many = first.unique(["customer", "item"], maintain_order=True).filter(pl.len().over("customer") >= _FIRST)
    supports = [rows.head(_FIRST) for rows in many.partition_by("customer", maintain_order=True)[:_CUSTOMERS]]
    for name in _LEARNERS:
        model = ws.meta_train(tasks, recommend.contest("ranking").make(name), settings=settings, steps=50)
        _best(model.adapt(supports[0]))
        waits = []
        for rows in supports:
            started = perf_counter()
            _best(model.adapt(rows))
            waits.append(perf_counter() - started)
        yield (
            f"{name}: adapt to {_FIRST} rows of a dataframe, best {_SHOWN} items (p50)",
            1000 * median(waits),
            "ms",
            "< 3",
        )


def _best(task: ws.Adapted) -> np.ndarray:
    """int64[20]: the best items, best first."""
    scores = task.predict().distribution
    assert isinstance(scores, Scores)
    top = np.argpartition(-scores.scores, _SHOWN)[:_SHOWN]
    return np.asarray(top[np.argsort(-scores.scores[top])])
