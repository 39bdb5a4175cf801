"""`pricing` on a world by hand: stores whose customers mind prices differently, and a rival that takes them."""

from __future__ import annotations

from dataclasses import replace

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

CONTENDERS = ("task_mean", "least_squares", "words", "hierarchical")


def weeks(least: float = 1.0) -> Problem:
    """Sixty stores, thirty weeks: units = level x price^-(2, give or take 1.5) x rival's price, noise of a tenth."""
    rng = np.random.default_rng(0)
    stores, each = 60, 30
    own, rival = 0.4 * rng.normal(size=(2, stores, each))
    slope, level = 2 + 1.5 * rng.normal(size=(stores, 1)), rng.normal(size=(stores, 1))
    units = least * np.exp(level - slope * own + rival + 0.1 * rng.normal(size=own.shape))
    frame = pl.DataFrame(
        {
            "store": np.repeat([f"s{s}" for s in range(stores)], each),
            "week": np.tile(np.arange(each), stores),
            "log_price": own.ravel(),
            "log_rival": rival.ravel(),
            "units": units.ravel(),
        }
    )
    columns = (
        Column("store", Role.TASK, Kind.CATEGORY),
        Column("week", Role.TIME),
        Column("log_price", Role.FEATURE),
        Column("log_rival", Role.FEATURE),
        Column("units", Role.TARGET, log=True),
    )
    settings = scenario("pricing").settings_for("gaussian")
    sampling = Sampling(order="time", shots=(0, 4, 16))
    return Problem(Table("juice", frame, Schema(columns)), sampling, settings, "gaussian")


@pytest.fixture(scope="module")
def report() -> Report:
    """The contenders that know a line, and the one that does not."""
    return evaluate(scenario("pricing"), weeks(), learners=CONTENDERS, seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_four_weeks_with_what_other_stores_taught_beat_four_weeks_alone(report: Report) -> None:
    """A line of three coefficients through four weeks is loose; partial pooling is near the noise; at 16 both are."""
    assert mean(report, "hierarchical", 4, "mae") < 0.6 * mean(report, "least_squares", 4, "mae")
    assert mean(report, "hierarchical", 16, "mae") < 0.1
    assert mean(report, "least_squares", 16, "mae") < 0.12


def test_a_slope_of_all_stores_is_not_enough(report: Report) -> None:
    """A level on top of one line leaves what stores' slopes differ by."""
    assert mean(report, "words", 16, "mae") > 3 * mean(report, "hierarchical", 16, "mae")
    assert mean(report, "task_mean", 16, "mae") > mean(report, "words", 16, "mae")


def test_intervals_of_partial_pooling_hold(report: Report) -> None:
    """Nine of ten later weeks lie inside, after few weeks and after more."""
    assert all(0.84 <= mean(report, "hierarchical", k, "coverage90") <= 0.95 for k in (4, 16))


def test_a_week_without_a_sale_is_refused() -> None:
    """Nothing sold has no logarithm: the column and the row are named, before anything is fitted."""
    problem = weeks()
    gone = problem.table.frame.with_columns(units=pl.when(pl.col("week") == 3).then(0.0).otherwise("units"))
    with pytest.raises(DataError, match=r"column 'units': row \d"):
        evaluate(
            scenario("pricing"),
            replace(problem, table=replace(problem.table, frame=gone)),
            learners=CONTENDERS,
            seeds=1,
        )
