"""`price` on a world by hand: a make multiplies what size and age tell, and prices of a product stay where they are."""

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


def listings(least: float = 1.0) -> Problem:
    """Forty makes with thirty listings: price = factor of the make x exp(size)."""
    rng = np.random.default_rng(0)
    make = np.repeat(np.arange(40), 30)
    size = rng.normal(size=len(make))
    price = least * np.exp(np.repeat(rng.normal(size=40), 30) + size + 0.05 * rng.normal(size=len(make)))
    frame = pl.DataFrame({"make": [f"m{m}" for m in make], "size": size, "price": price})
    columns = (
        Column("make", Role.TASK, Kind.CATEGORY),
        Column("size", Role.FEATURE),
        Column("price", Role.TARGET, log=True),
    )
    return problem(Table("cars", frame, Schema(columns)), "random")


def months() -> Problem:
    """Forty products whose price is changed once, by half, after ten of twenty months."""
    rng = np.random.default_rng(0)
    price = np.repeat(np.exp(rng.normal(size=40)), 20) * np.tile(np.repeat([1.0, 1.5], 10), 40)
    days = [START + dt.timedelta(days=30 * m) for m in range(20)] * 40
    frame = pl.DataFrame({"product": np.repeat([f"p{p}" for p in range(40)], 20), "day": days, "price": price})
    columns = (
        Column("product", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("price", Role.TARGET, log=True),
    )
    return problem(Table("shop", frame, Schema(columns)), "time")


def problem(table: Table, order: str) -> Problem:
    """The table with supports of none, one and five rows."""
    return Problem(
        table, Sampling(order=order, shots=(0, 1, 5)), scenario("price").settings_for("gaussian"), "gaussian"
    )


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_one_comparable_of_the_make_tells_most() -> None:
    """Moved along the line of sizes it leaves a tenth of the error; a mean of prices does not know the size."""
    report = evaluate(scenario("price"), listings(), learners=("task_mean", "comparables"), seeds=1)
    assert mean(report, "comparables", 1, "mae") < 0.15 * mean(report, "comparables", 0, "mae")
    assert mean(report, "comparables", 5, "mape") < 0.08
    assert mean(report, "task_mean", 5, "mape") > 0.5
    assert 0.8 < mean(report, "comparables", 5, "coverage90") <= 1


def test_the_last_price_stands() -> None:
    """Where prices seldom change, the last one beats the mean of five."""
    report = evaluate(scenario("price"), months(), learners=("task_mean", "last_value"), seeds=1)
    assert mean(report, "last_value", 5, "mae") < 0.85 * mean(report, "task_mean", 5, "mae")
    assert mean(report, "last_value", 0, "mae") == pytest.approx(mean(report, "task_mean", 0, "mae"), rel=0.05)


def test_a_thing_for_nothing_is_refused() -> None:
    """A price of 0 has no logarithm: the column and the row are named."""
    with pytest.raises(DataError, match=r"column 'price': row \d"):
        evaluate(scenario("price"), listings(least=0.0), learners=("task_mean",), seeds=1)
