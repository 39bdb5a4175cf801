"""`needs` on a world by hand: who starts with a cot goes on to nappies, who starts with a lead to dog food."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

LIVES = (("cot", "nappies"), ("lead", "dog food"))
USERS = 60
FILLERS = 30


def world() -> Problem:
    """User u starts on day u with bread, as everybody does, and a cot or a lead; two days later comes the need.

    Thirty categories that are each taken once by their own late user make the catalogue longer than the list.
    """
    rows = [(f"u{u}", u + late, need) for u in range(USERS) for late, need in ((0, LIVES[u % 2][0]), (0, "bread"))]
    rows += [(f"u{u}", u + 2, LIVES[u % 2][1]) for u in range(USERS)]
    rows += [(f"u{u}", u + 2, f"other {u}") for u in range(FILLERS)]
    frame = pl.DataFrame(rows, schema=["user", "day", "need"], orient="row")
    columns = (
        Column("user", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME),
        Column("need", Role.ITEM, Kind.CATEGORY),
    )
    settings = replace(scenario("needs").settings_for("ranking"), shots=(0, 1, 2), batch=8, steps=10)
    table = Table("lives", frame, Schema(columns, Target.CHOICE), cutoff=40)
    return Problem(table, Sampling(order="session", shots=(0, 1, 3)), settings, "ranking")


@pytest.fixture(scope="module")
def report() -> Report:
    """The chain, the popularity of first needs, and plain popularity."""
    return evaluate(scenario("needs"), world(), learners=("markov", "first_time_popularity", "popularity"), seeds=1)


def mean(report: Report, learner: str, k: int, metric: str, part: str = "novel") -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.slice, r.learner, r.k, r.metric) == (part, learner, k, metric))


def test_the_chain_knows_what_follows(report: Report) -> None:
    """With the whole first day every need stands first; which of the two lives it is nobody knows at K = 0."""
    assert mean(report, "markov", 3, "ndcg@10") == 1
    assert mean(report, "first_time_popularity", 3, "ndcg@10") < 1
    assert mean(report, "markov", 0, "ndcg@10") == mean(report, "first_time_popularity", 0, "ndcg@10")


def test_popularity_of_all_times_is_worse(report: Report) -> None:
    """Plain popularity begins with bread, which nobody takes first on a later day."""
    assert mean(report, "popularity", 0, "ndcg@10") < mean(report, "first_time_popularity", 0, "ndcg@10")


def test_the_report_rests_on_new_needs(report: Report) -> None:
    """The slice without the support's categories comes first."""
    assert report.rows[0].slice == "novel"
    assert {row.slice for row in report.rows} == {"all", "novel"}


def test_auto_chooses_by_new_needs() -> None:
    """The verdict has one line, on the slice that counts; the chain is chosen once there is a support."""
    made = scenario("needs")
    contest = made.contest("ranking")
    few = replace(contest, learners=("auto",), candidates=("markov", "popularity"), baselines=("markov", "popularity"))
    report = evaluate(replace(made, contests={"ranking": few}), world(), seeds=1)
    assert report.verdict.startswith("novel: ")
    assert "\n" not in report.verdict
    assert "K=2: 1.00 markov" in report.chosen


@pytest.mark.parametrize("learner", ["markov", "first_time_popularity", "item_knn", "popularity"])
def test_a_catalogue_of_one(learner: str) -> None:
    """One category, bought by all and never new again: nobody can be asked, and every learner is fitted."""
    problem = world()
    frame = problem.table.frame.with_columns(need=pl.lit("bread"))
    report = evaluate(
        scenario("needs"), replace(problem, table=replace(problem.table, frame=frame)), learners=(learner,), seeds=1
    )
    assert {row.mean for row in report.rows if row.slice == "all" and row.metric == "recall@10"} == {1.0}
    assert not [row for row in report.rows if row.slice == "novel" and row.k and row.metric == "recall@10"]
