"""`fraud` on a world by hand: a shared device is suspicious, in some countries more than in others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.quality import inspect
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

START = dt.datetime(2024, 1, 1)


def world(countries: int = 30, rows: int = 60) -> Problem:
    """Orders of each country an hour apart; one device in four was seen before, and half of those orders are fraud."""
    rng = np.random.default_rng(0)
    shared = (rng.random((countries, rows)) < 0.25) * rng.integers(1, 4, (countries, rows)).astype(float)
    fraud = rng.random(shared.shape) < np.where(shared > 0, 0.5, 0.02)
    frame = pl.DataFrame(
        {
            "country": np.repeat([f"c{c}" for c in range(countries)], rows),
            "bought": [START + dt.timedelta(hours=h) for h in range(rows)] * countries,
            "device_orders_before": shared.ravel(),
            "fraud": fraud.ravel().astype(int),
        }
    )
    columns = (
        Column("country", Role.TASK, Kind.CATEGORY),
        Column("bought", Role.TIME, Kind.DATE),
        Column("device_orders_before", Role.FEATURE),
        Column("fraud", Role.TARGET, Kind.CATEGORY),
    )
    made = scenario("fraud")
    table = Table("shop", frame, Schema(columns, Target.CLASS))
    return Problem(table, Sampling(order="time", shots=(0, 5)), made.settings_for("bernoulli"), "bernoulli")


@pytest.fixture(scope="module")
def report() -> Report:
    """A regression beside the rate of each country."""
    return evaluate(scenario("fraud"), world(), learners=("logistic", "task_mean"), seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_few_false_alarms_find_what_a_shared_device_tells(report: Report) -> None:
    """A rate finds 1 % of fraud at 1 % of false alarms; devices find more, and separate the classes well."""
    assert mean(report, "task_mean", 5, "recall@fpr1") == pytest.approx(0.01)
    assert mean(report, "logistic", 5, "recall@fpr1") > 0.03
    assert mean(report, "logistic", 0, "auc") > 0.8


def test_a_feature_that_knows_the_answer_is_refused() -> None:
    """An age of the account that is 1 in every fraud and in no other row is no feature, though it has many values."""
    problem = world()
    age = pl.when(pl.col("fraud") == 1).then(1).otherwise(2 + pl.int_range(pl.len()) % 25)
    frame = problem.table.frame.with_columns(age.alias("account_days"))
    columns = (*problem.table.schema.columns, Column("account_days", Role.FEATURE))
    told = replace(problem.table, frame=frame, schema=replace(problem.table.schema, columns=columns))
    with pytest.raises(DataError, match="column 'account_days': decides the class"):
        inspect(told).raise_if_unusable()


def test_a_missing_time_is_refused() -> None:
    """Support comes before query: an order without a time has no place."""
    problem = world()
    frame = problem.table.frame.with_columns(pl.when(pl.int_range(pl.len()) != 5).then("bought").alias("bought"))
    table = replace(problem.table, frame=frame)
    with pytest.raises(DataError, match="column 'bought': row 5: missing value"):
        evaluate(scenario("fraud"), replace(problem, table=table), learners=("task_mean",), seeds=1)
