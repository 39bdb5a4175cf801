"""`demand` on worlds by hand: stores with a level and a common week, products that sell now and then; and for real."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.datasets.catalog import get
from warmstart.datasets.fetch import locate
from warmstart.datasets.files import open_files
from warmstart.errors import DataError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios import problem as module
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem, load_problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

START, DAYS, HORIZON = dt.date(2024, 1, 1), 70, 7
WALMART = "walmart-weekly-store-sales"
PLACE = locate(get(WALMART))


def world(target: Target = Target.NUMBER, stores: int = 24) -> Table:
    """Each store multiplies one course of the week; the last days are of sales twice as high, which nobody foresees."""
    rng = np.random.default_rng(0)
    course = np.array([1.0, 1.2, 0.8, 1.0, 1.5, 3.0, 2.0])
    rows = []
    for store in range(stores):
        level = np.exp(rng.normal(2, 1))
        for day in range(DAYS):
            sold = level * course[day % 7] * (2 if day >= DAYS - HORIZON else 1)
            units = rng.poisson(sold) if target is Target.COUNT else sold * np.exp(0.05 * rng.normal())
            rows.append((f"s{store}", START + dt.timedelta(days=day), f"w{day % 7}", float(units)))
    frame = pl.DataFrame(rows, schema=["store", "day", "weekday", "units"], orient="row")
    columns = (
        Column("store", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("weekday", Role.FEATURE, Kind.CATEGORY),
        Column("units", Role.TARGET, log=target is Target.NUMBER),
    )
    return Table("shop", frame, Schema(columns, target), horizon=HORIZON)


def problem(table: Table, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """The table as the catalogue would give it."""
    monkeypatch.setattr(module, "load", lambda *_: table)
    return load_problem(scenario("demand"), "shop")


@pytest.fixture(scope="module")
def report() -> Report:
    """The naive forecast beside trees with a level."""
    with pytest.MonkeyPatch.context() as patch:
        made = problem(world(), patch)
    return evaluate(scenario("demand"), made, learners=("seasonal_naive", "shifted", "task_mean"), seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_the_horizon_of_the_table_is_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged and trained on as many periods; a table that says nothing leaves both to their own defaults."""
    made = problem(world(), monkeypatch)
    assert (made.sampling.queries, made.settings.queries, made.sampling.order) == (HORIZON, HORIZON, "time")
    free = problem(replace(world(), horizon=None), monkeypatch)
    assert (free.sampling.queries, free.settings.queries) == (200, 32)


def test_no_later_period_is_learned_from(report: Report) -> None:
    """Sales that double after the cut, in every store, are foreseen by nobody: half of what is sold is missed."""
    assert mean(report, "shifted", 16, "wape") == pytest.approx(0.5, abs=0.03)
    assert mean(report, "seasonal_naive", 16, "wape") == pytest.approx(0.5, abs=0.03)
    assert mean(report, "shifted", 16, "coverage90") < 0.1


def test_the_first_seed_asks_the_last_periods_the_second_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seeds together halve the share of what is missed: the week before the last was as ever."""
    both = evaluate(scenario("demand"), problem(world(), monkeypatch), learners=("shifted",), seeds=2)
    assert 0.15 < mean(both, "shifted", 16, "wape") < 0.45


def test_one_period_tells_the_level(report: Report) -> None:
    """Trees know the week: one day of a store is enough for the rest of it; a mean does not know the week."""
    assert mean(report, "shifted", 1, "mase") < 0.5 * mean(report, "shifted", 0, "mase")
    assert mean(report, "shifted", 1, "mase") < mean(report, "task_mean", 16, "mase")


def test_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every metric of a count is there for every learner and K, and intervals of a level are met before the jump."""
    table = world(Target.COUNT)
    calm = replace(table, frame=table.frame.filter(pl.col("day") < START + dt.timedelta(days=DAYS - HORIZON)))
    made = problem(calm, monkeypatch)
    found = evaluate(scenario("demand"), made, learners=("shifted", "seasonal_naive"), seeds=1)
    assert {r.metric for r in found.rows} == {"mae", "mase", "wql", "wape", "coverage90"}
    assert {(r.learner, r.k) for r in found.rows} == {
        (name, k) for name in ("shifted", "seasonal_naive") for k in (0, 1, 2, 4, 8, 16)
    }
    assert mean(found, "shifted", 16, "wql") < 0.5 * mean(found, "shifted", 0, "wql")
    assert mean(found, "shifted", 16, "coverage90") > 0.8


def test_a_negative_sale_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count is never below 0: the column and the row are named."""
    table = world(Target.COUNT)
    bad = table.frame.with_columns(units=pl.when(pl.int_range(pl.len()) == 5).then(-1.0).otherwise(pl.col("units")))
    with pytest.raises(DataError, match="column 'units': row 5: target is no count"):
        problem(replace(table, frame=bad), monkeypatch)


@pytest.mark.slow
@pytest.mark.skipif(PLACE is None, reason="needs walmart_weekly_store_sales in the folder that WARMSTART_DATA names")
def test_walmart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new store of a real chain: one week takes nine tenths of the error away."""
    assert PLACE is not None
    made = problem(get(WALMART).tables["demand"](open_files(PLACE)), monkeypatch)
    found = evaluate(scenario("demand"), made, learners=("shifted", "seasonal_naive"), seeds=1)
    assert mean(found, "shifted", 1, "mae") < 0.2 * mean(found, "shifted", 0, "mae")
    assert mean(found, "shifted", 16, "mase") < 1
