"""`associate` on a world by hand: pens go with ink and paper, brushes with paint and canvas, whatever the brand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.errors import DataError
from warmstart.evaluate.protocols import protocol
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.learners.segment_popularity import SegmentPopularity
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.basket_pairs import basket_pairs
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.sampling import Sampling
from warmstart.tasks.taskset import TaskSet

START = dt.date(2024, 1, 1)
CUTOFF = dt.date(2024, 3, 1)
DAYS = 100
GOES_WITH = {"pen": ("ink", "paper"), "brush": ("paint", "canvas")}
"""What stands in every basket with an item of a kind."""


def world() -> Problem:
    """Each day one basket with a pen and what goes with it, and one with a brush.

    There are eight brands of each kind; the two last were first sold after the cut-off. Thirty trinkets, each sold once
    with a pen before it, make the catalogue longer than the list and what goes with pens more popular.
    """
    lines = []
    for day in range(DAYS):
        date = START + dt.timedelta(days=day)
        brand = day % 6 if date < CUTOFF else day % 8
        for kind, partners in GOES_WITH.items():
            extra = [f"trinket {day}"] if kind == "pen" and day < 30 else []
            lines += [(f"{kind}{day}", date, item) for item in (f"{kind} {brand}", *partners, *extra)]
    frame = pl.DataFrame(lines, schema=["basket", "date", "item"], orient="row")
    pairs = basket_pairs(frame, basket=("basket",), time="date", item="item", most=9)
    kind = pl.col("anchor").str.split(" ").list.first().alias("anchor_kind")
    columns = (
        Column("anchor", Role.TASK, Kind.CATEGORY),
        Column("moment", Role.TIME, Kind.DATE),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("anchor_kind", Role.DESCRIPTOR, Kind.CATEGORY),
    )
    table = Table("art", pairs.with_columns(kind), Schema(columns, Target.CHOICE), cutoff=CUTOFF)
    settings = replace(scenario("associate").settings_for("ranking"), shots=(0, 2, 5), batch=8, steps=10)
    return Problem(table, Sampling(shots=(0, 2, 5)), settings, "ranking")


@pytest.fixture(scope="module")
def report() -> Report:
    """Baselines that need a basket, and those that need none."""
    names = ("item_knn", "lift", "rules", "repeat", "popularity", "segment_popularity")
    return evaluate(scenario("associate"), world(), learners=names, seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.slice, r.learner, r.k, r.metric) == ("all", learner, k, metric))


def test_training_ends_before_the_new_anchors_begin() -> None:
    """No basket of the test period is in a training anchor, no anchor is in its own rows, new ones were never sold."""
    problem = world()
    (plan,) = protocol("new-tasks")(problem.table, problem.sampling, 0)
    new = plan.trials[0].tasks
    assert new.ids == ["brush 6", "brush 7", "pen 6", "pen 7"]
    assert plan.train.frame["moment"].max() < dt.datetime.combine(CUTOFF, dt.time())
    assert set(new.ids) & {*plan.train.ids, *plan.train.frame["item"]} == set()
    assert problem.table.frame.filter(pl.col("anchor") == pl.col("item")).height == 0


@pytest.mark.parametrize("learner", ["item_knn", "lift", "rules", "repeat"])
def test_one_basket_tells_the_partners(report: Report, learner: str) -> None:
    """After a basket what goes with the new item stands first; before, a brush is shown a pen's."""
    assert mean(report, learner, 1, "mrr") == 1
    assert mean(report, learner, 0, "mrr") < 0.8


def test_the_kind_tells_it_before_any_basket() -> None:
    """Popularity among anchors of the same kind knows the partners at K = 0."""
    problem = world()
    (plan,) = protocol("new-tasks")(problem.table, problem.sampling, 0)
    model = meta_train(plan.train, SegmentPopularity(strength=1.0), settings=problem.settings)
    for kind, partners in GOES_WITH.items():
        said = model.adapt(None, descriptor={"anchor_kind": kind}).predict(None)
        assert set(said.to_dict()["items"][:2]) == set(partners)


def test_an_anchor_of_unknown_kind_is_answered() -> None:
    """Without attributes it gets everybody's list; an item that the catalogue does not hold teaches nothing."""
    problem = world()
    (plan,) = protocol("new-tasks")(problem.table, problem.sampling, 0)
    model = meta_train(plan.train, SegmentPopularity(strength=1.0), settings=problem.settings)
    nothing = model.adapt(None, descriptor={"anchor_kind": None}).predict(None).to_dict()
    strange = model.adapt(None, descriptor={"anchor_kind": "kite"}).predict(None).to_dict()
    assert nothing == strange
    rows = plan.trials[0].tasks.frame.head(1).with_columns(item=pl.lit("unheard of"))
    assert TaskCodec.fit(plan.train).encode(
        TaskSet.of(replace(problem.table, frame=rows, items=None))
    ).weight.tolist() == [0]


def test_an_anchor_with_one_basket_is_not_asked() -> None:
    """It has no later basket; where no anchor has two, that is said."""
    problem = world()
    once = problem.table.frame.unique("anchor", keep="last", maintain_order=True)
    (plan,) = protocol("new-tasks")(replace(problem.table, frame=once), problem.sampling, 0)
    arrays = TaskCodec.fit(plan.train).encode(plan.trials[0].tasks)
    with pytest.raises(DataError, match="no new task has two moments"):
        plan.trials[0].episodes(arrays)
