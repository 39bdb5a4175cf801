"""`guide` on a world by hand: a visit stays in one department."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

DEPARTMENTS, ITEMS, VISITS, CUT = 10, 12, 200, 160


def world(departments: int = DEPARTMENTS) -> Problem:
    """Visit v takes five items of one department, one after the other."""
    rng = np.random.default_rng(0)
    rows = [
        (f"v{v}", 10 * v + place, f"d{v % departments} i{item}")
        for v in range(VISITS)
        for place, item in enumerate(rng.permutation(ITEMS)[:5])
    ]
    frame = pl.DataFrame(rows, schema=["visit", "moment", "item"], orient="row")
    items = frame.select("item").unique().sort("item").with_columns(department=pl.col("item").str.head(2))
    columns = (
        Column("visit", Role.TASK, Kind.CATEGORY),
        Column("moment", Role.TIME),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("department", Role.FEATURE, Kind.CATEGORY),
    )
    settings = replace(scenario("guide").settings_for("ranking"), batch=8, steps=10)
    table = Table("visits", frame, Schema(columns, Target.CHOICE), items, cutoff=10 * CUT)
    return Problem(table, Sampling(order="moments", shots=(0, 1, 2)), settings, "ranking")


@pytest.fixture(scope="module")
def report() -> Report:
    """A static page, the department's page, and neighbours."""
    return evaluate(scenario("guide"), world(), learners=("popularity", "category_popularity", "item_knn"), seeds=1)


def recall(report: Report, learner: str, k: int, part: str = "novel") -> float:
    """Mean of recall@10."""
    return next(r.mean for r in report.rows if (r.slice, r.learner, r.k, r.metric) == (part, learner, k, "recall@10"))


def test_one_event_shows_the_department(report: Report) -> None:
    """Of the twelve items of the department, less the one taken, ten are shown: nearly all that is wanted."""
    assert recall(report, "popularity", 1) < 0.3
    assert recall(report, "category_popularity", 1) > 0.85
    assert recall(report, "item_knn", 1) > 0.8
    assert recall(report, "category_popularity", 0) == recall(report, "popularity", 0)


def test_what_was_taken_is_not_shown_again(report: Report) -> None:
    """The report rests on the slice without the events so far; where they are shown they take places away."""
    assert report.rows[0].slice == "novel"
    assert recall(report, "category_popularity", 2) > recall(report, "category_popularity", 2, "all")


def test_a_shop_of_one_department() -> None:
    """Then the department's page is the static one."""
    one = evaluate(scenario("guide"), world(1), learners=("popularity", "category_popularity"), seeds=1)
    assert recall(one, "category_popularity", 2) == recall(one, "popularity", 2)
