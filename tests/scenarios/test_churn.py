"""`churn` on worlds by hand: each segment has its own rate of leaving, and who ordered lately stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.person_periods import person_periods
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling


def world(segments: int = 40, rows: int = 40, days: str = "days_since_last") -> Problem:
    """Segments differ in level; a customer who has not ordered for long leaves more often."""
    rng = np.random.default_rng(0)
    idle = rng.integers(0, 60, (segments, rows)).astype(float)
    level = 1.5 * rng.normal(size=(segments, 1))
    left = rng.random(idle.shape) < 1 / (1 + np.exp(-(level + (idle - 30) / 10)))
    frame = pl.DataFrame(
        {
            "segment": np.repeat([f"s{s}" for s in range(segments)], rows),
            days: idle.ravel(),
            "left": np.where(left.ravel(), "yes", "no"),
        }
    )
    columns = (
        Column("segment", Role.TASK, Kind.CATEGORY),
        Column(days, Role.FEATURE),
        Column("left", Role.TARGET, Kind.CATEGORY),
    )
    made = scenario("churn")
    table = Table("shop", frame, Schema(columns, Target.CLASS))
    return Problem(table, Sampling(shots=(0, 10)), made.settings_for("bernoulli"), "bernoulli")


@pytest.fixture(scope="module")
def report() -> Report:
    """One regression for all segments beside the mean of each."""
    return evaluate(scenario("churn"), world(), learners=("logistic", "task_mean", "shifted"), seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_idle_days_tell_who_leaves_and_ten_customers_tell_the_segment(report: Report) -> None:
    """The regression orders customers; ten of a segment take a part of its loss away; a mean orders nobody."""
    assert mean(report, "logistic", 0, "auc") > 0.8
    assert mean(report, "task_mean", 10, "auc") == 0.5
    assert mean(report, "logistic", 10, "log_loss") == mean(report, "logistic", 0, "log_loss")
    assert mean(report, "shifted", 10, "log_loss") < 0.95 * mean(report, "shifted", 0, "log_loss")


def test_a_table_without_history_leaves_the_model_of_customers_out() -> None:
    """Where nobody asked for `bg_nbd` the report says which columns it lacks; named, it is refused."""
    churn = scenario("churn")
    few = Problem(world().table, Sampling(shots=(0,)), churn.settings_for("bernoulli"), "bernoulli")
    contest = replace(churn.contests["bernoulli"], learners=("task_mean",), baselines=("logistic", "bg_nbd"))
    quick = replace(churn, contests={"bernoulli": contest})
    found = evaluate(quick, few, seeds=1)
    assert {row.learner for row in found.rows} == {"task_mean", "logistic"}
    (note,) = found.notes
    assert note.startswith("left out: bg_nbd needs the features frequency, recency_days, age_days; the table has no")
    with pytest.raises(UsageError, match="bg_nbd: no feature 'frequency' of kind 'number'; there are: days_since_last"):
        evaluate(churn, few, learners=("bg_nbd",), seeds=1)


def test_a_customer_without_an_answer_is_refused() -> None:
    """Whether someone left is unknown: column and row are named."""
    problem = world()
    frame = problem.table.frame.with_columns(pl.when(pl.int_range(pl.len()) != 3).then("left").alias("left"))
    table = Table("shop", frame, problem.table.schema)
    with pytest.raises(DataError, match=r"column 'left': row \d+"):
        evaluate(scenario("churn"), Problem(table, problem.sampling, problem.settings, "bernoulli"), seeds=1)


def waiting(segments: int = 30, customers: int = 40) -> Problem:
    """Lovers come back in each week with one half, others with one tenth; a third is lost sight of after a week."""
    rng = np.random.default_rng(0)
    lover = rng.random((segments, customers)) < 0.5
    week = rng.geometric(np.where(lover, 0.5, 0.1))
    lost = rng.random(week.shape) < 1 / 3
    days, came = np.where(lost, np.minimum(7 * week - 3, 8), 7 * week - 3), ~lost | (week == 1)
    told = {"lover": lover, "days": days, "back": came & (week <= 4)}
    frame = pl.DataFrame({name: values.ravel().astype(int) for name, values in told.items()}).with_columns(
        pl.Series("segment", np.repeat([f"s{s}" for s in range(segments)], customers))
    )
    rows = person_periods(frame, duration="days", event="back", edges=(7, 14, 21, 28))
    columns = (
        Column("segment", Role.TASK, Kind.CATEGORY),
        Column("lover", Role.FEATURE),
        Column("starts", Role.FEATURE),
        Column("unit", Role.UNIT),
        Column("at_risk", Role.WEIGHT),
        Column("came", Role.TARGET, Kind.CATEGORY),
    )
    made = scenario("churn")
    table = Table("waiting", rows, Schema(columns, Target.CLASS))
    return Problem(table, Sampling(shots=(0, 10)), made.settings_for("bernoulli"), "bernoulli")


def test_hazards_are_judged_by_customer() -> None:
    """Who loves the shop is back first; a curve for all orders nobody, and errs more at every interval's end."""
    found = evaluate(scenario("churn"), waiting(), learners=("logistic", "kaplan_meier", "shifted"), seeds=1)
    # Of pairs that are told apart lovers come first in most; pairs of one kind, about a half, are ties.
    assert 0.65 < mean(found, "logistic", 0, "c_index") < 0.85
    assert mean(found, "kaplan_meier", 0, "c_index") == 0.5
    assert mean(found, "logistic", 0, "ibs") < 0.9 * mean(found, "kaplan_meier", 0, "ibs") < 0.25
    assert mean(found, "shifted", 10, "c_index") > 0.6


def test_no_survival_without_customers() -> None:
    """Where rows are no intervals, nothing is said of curves."""
    found = evaluate(scenario("churn"), world(segments=8), learners=("task_mean",), seeds=1)
    assert not {"c_index", "ibs"} & {row.metric for row in found.rows}
