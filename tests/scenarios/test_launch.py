"""`launch` on a world by hand: a category multiplies what its items sell on their first days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

START = dt.date(2024, 1, 1)


def world(categories: int = 30, lowest: float = 1.0) -> Problem:
    """Each category launches an item a day for twenty days; the split is at day 10."""
    rng = np.random.default_rng(0)
    rows = []
    for c in range(categories):
        factor = np.exp(rng.normal(0, 0.7))
        for day in range(20):
            sold = float(rng.integers(1, 50))
            rows.append((f"c{c}", START + dt.timedelta(days=day), np.log1p(sold), lowest * factor * sold))
    frame = pl.DataFrame(rows, schema=["category", "launched", "log_sold", "units"], orient="row")
    columns = (
        Column("category", Role.TASK, Kind.CATEGORY),
        Column("launched", Role.TIME, Kind.DATE),
        Column("log_sold", Role.FEATURE),
        Column("units", Role.TARGET, log=True),
    )
    table = Table("shop", frame, Schema(columns), cutoff=START + dt.timedelta(days=10))
    made = scenario("launch")
    return Problem(table, Sampling(order="time", shots=(0, 1, 5)), made.settings_for("gaussian"), "gaussian")


@pytest.fixture(scope="module")
def report() -> Report:
    """Naive scaling beside the mean of the category."""
    return evaluate(scenario("launch"), world(), learners=("scaled", "task_mean"), seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_launches_of_the_category_tell_its_factor(report: Report) -> None:
    """Five launches take most of the error of the first guess away; the mean of a category cannot order its items."""
    assert mean(report, "scaled", 5, "wape") < 0.5 * mean(report, "scaled", 0, "wape")
    assert mean(report, "scaled", 5, "wape") < mean(report, "task_mean", 5, "wape")
    assert mean(report, "scaled", 0, "top_fifth") > 0.9 > mean(report, "task_mean", 0, "top_fifth")


def test_a_launch_that_sells_nothing_is_refused() -> None:
    """The logarithm of 0 is none: the column and the row are named."""
    with pytest.raises(DataError, match=r"column 'units': row \d"):
        evaluate(scenario("launch"), world(lowest=0.0), learners=("task_mean",), seeds=1)


def test_a_category_without_enough_launches_is_not_asked() -> None:
    """Where no category has them, that is said."""
    problem = world()
    few = problem.table.frame.filter(pl.col("launched") >= START + dt.timedelta(days=8))
    table = Table("shop", few, problem.table.schema, cutoff=problem.table.cutoff)
    with pytest.raises(DataError, match="no new task can be asked; expected 5 rows before the cut"):
        evaluate(
            scenario("launch"),
            Problem(table, problem.sampling, problem.settings, "gaussian"),
            learners=("task_mean",),
            seeds=1,
        )
