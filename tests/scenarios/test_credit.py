"""`credit` on a world by hand: income protects, debt does not, and lenders differ in what they let in."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling


def world(lenders: int = 40, rows: int = 40, classes: int = 2) -> Problem:
    """Default has a U in age, which a straight line does not see, and falls with income."""
    rng = np.random.default_rng(0)
    income, age = rng.normal(size=(2, lenders, rows))
    level = rng.normal(size=(lenders, 1))
    odds = level - 2 * income + 3 * (np.abs(age) - 0.8)
    default = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(int)
    frame = pl.DataFrame(
        {
            "lender": np.repeat([f"l{i}" for i in range(lenders)], rows),
            "income": income.ravel(),
            "age": age.ravel(),
            "default": default.ravel() * (classes - 1) if classes > 1 else 0,
        }
    )
    columns = (
        Column("lender", Role.TASK, Kind.CATEGORY),
        Column("income", Role.FEATURE),
        Column("age", Role.FEATURE),
        Column("default", Role.TARGET, Kind.CATEGORY),
    )
    made = scenario("credit")
    table = Table("bank", frame, Schema(columns, Target.CLASS))
    return Problem(table, Sampling(shots=(0, 10)), made.settings_for("bernoulli"), "bernoulli")


@pytest.fixture(scope="module")
def report() -> Report:
    """A scorecard beside a regression and the rate of each lender."""
    learners = ("scorecard", "logistic", "task_mean")
    return evaluate(scenario("credit"), world(), learners=learners, seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_bins_see_a_bend_that_a_line_does_not(report: Report) -> None:
    """The scorecard separates better than the regression; a rate does not separate at all."""
    assert mean(report, "scorecard", 0, "ks") > mean(report, "logistic", 0, "ks") + 0.05
    assert mean(report, "logistic", 0, "ks") > 0.3
    assert mean(report, "task_mean", 10, "ks") == 0
    assert mean(report, "scorecard", 0, "brier") < mean(report, "task_mean", 10, "brier")


def test_loans_that_all_ended_alike_are_refused() -> None:
    """Nothing can be learnt where no loan defaulted."""
    with pytest.raises(DataError, match="column 'default'"):
        evaluate(scenario("credit"), world(classes=1), learners=("task_mean",), seeds=1)
