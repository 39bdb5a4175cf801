"""`supplier` on a world by hand: some suppliers are always late, and what comes after the day is never told."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.evaluate.protocols import protocol
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

CUT = dt.date(2024, 1, 21)


def shipments() -> pl.DataFrame:
    """Sixty suppliers, a shipment a day for forty days; every third supplier is late nine times of ten, others one."""
    rng = np.random.default_rng(0)
    supplier = np.repeat(np.arange(60), 40)
    late = rng.random(len(supplier)) < np.where(supplier % 3 == 0, 0.9, 0.1)
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=d) for d in range(40)] * 60
    return pl.DataFrame(
        {
            "supplier": [f"s{s}" for s in supplier],
            "due": days,
            "value": rng.normal(size=len(supplier)),
            "came": np.where(late, "late", "in time"),
            "days_late": np.where(late, 5.0, 0.0) + 0.1 * rng.normal(size=len(supplier)),
        }
    )


def problem(target: str, cutoff: dt.date | None = CUT) -> Problem:
    """The shipments asked whether, or by how much, they are late."""
    kind, target_type = (Kind.CATEGORY, Target.CLASS) if target == "came" else (Kind.NUMBER, Target.NUMBER)
    columns = (
        Column("supplier", Role.TASK, Kind.CATEGORY),
        Column("due", Role.TIME, Kind.DATE),
        Column("value", Role.FEATURE),
        Column(target, Role.TARGET, kind),
    )
    table = Table("shipments", shipments(), Schema(columns, target_type), cutoff=cutoff)
    likelihood = "bernoulli" if target == "came" else "gaussian"
    settings = scenario("supplier").settings_for(likelihood)
    return Problem(table, Sampling(order="time", shots=(0, 1, 10)), settings, likelihood)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_ten_shipments_tell_who_is_late() -> None:
    """Log loss falls to about that of a coin of .1; of days the error falls too."""
    late = evaluate(scenario("supplier"), problem("came"), learners=("task_mean",), seeds=1)
    assert mean(late, "task_mean", 10, "log_loss") == pytest.approx(0.325, abs=0.06)
    assert mean(late, "task_mean", 0, "log_loss") > 0.55
    days = evaluate(scenario("supplier"), problem("days_late"), learners=("task_mean",), seeds=1)
    assert mean(days, "task_mean", 10, "mae") < 0.6 * mean(days, "task_mean", 0, "mae")


def test_nothing_of_the_day_or_later_is_learned_or_told() -> None:
    """Other suppliers' shipments stop before the day; those of a new one are told before it and asked from it on."""
    made = problem("came")
    (plan,) = protocol(scenario("supplier").protocols["bernoulli"])(made.table, made.sampling, 0)
    assert plan.train.frame["due"].max() < CUT
    assert set(plan.train.ids).isdisjoint(plan.trials[0].tasks.ids)


def test_a_supplier_without_enough_shipments_is_not_asked() -> None:
    """Where none has ten before the day, that is said; without a column of time no such day can be."""
    with pytest.raises(DataError, match="no new task can be asked; expected 10 rows before the cut"):
        evaluate(scenario("supplier"), problem("came", dt.date(2024, 1, 5)), learners=("task_mean",), seeds=1)
    made = problem("came")
    columns = tuple(c for c in made.table.schema.columns if c.role is not Role.TIME)
    table = Table("shipments", made.table.frame, Schema(columns, Target.CLASS))
    with pytest.raises(UsageError, match="protocol 'next-rows' needs a column with the role 'time'"):
        evaluate(
            scenario("supplier"),
            Problem(table, made.sampling, made.settings, "bernoulli"),
            learners=("task_mean",),
            seeds=1,
        )
