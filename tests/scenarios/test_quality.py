"""`quality` on a world by hand: far-out pieces are bad, some makers make more of them, and words complain."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling


def pieces(labels: tuple[str, ...] = ("1 good", "2 bad")) -> Problem:
    """Sixty makers of forty pieces: a fifth weighs far too much or too little, most of which are bad."""
    rng = np.random.default_rng(0)
    maker = np.repeat(np.arange(60), 40)
    far = rng.random(len(maker)) < 0.2
    weight = np.where(far, 6 * np.sign(rng.normal(size=len(maker))), rng.normal(size=len(maker)))
    odds = np.where(far, 3.0, -3.0) + np.repeat(rng.normal(size=60), 40)
    bad = rng.random(len(maker)) < 1 / (1 + np.exp(-odds))
    frame = pl.DataFrame(
        {
            "maker": [f"m{m}" for m in maker],
            "weight": weight,
            "width": rng.normal(size=len(maker)),
            "note": np.where(bad, "sadly torn", "came whole"),
            "found": np.array(labels)[bad.astype(int) * (len(labels) - 1)],
        }
    )
    if len(labels) > 2:
        frame = frame.with_columns(found=pl.Series([labels[i % len(labels)] for i in range(len(maker))]))
    columns = (
        Column("maker", Role.TASK, Kind.CATEGORY),
        Column("weight", Role.FEATURE),
        Column("width", Role.FEATURE),
        Column("note", Role.IGNORE, Kind.TEXT),
        Column("found", Role.TARGET, Kind.CATEGORY),
    )
    table = Table("pieces", frame, Schema(columns, Target.CLASS))
    return Problem(table, Sampling(shots=(0, 10)), scenario("quality").settings_for("bernoulli"), "bernoulli")


def with_notes(made: Problem) -> Problem:
    """The same pieces, whose notes may be read."""
    table = made.table
    columns = tuple(Column("note", Role.FEATURE, Kind.TEXT) if c.name == "note" else c for c in table.schema.columns)
    read = Table(table.name, table.frame, Schema(columns, Target.CLASS))
    return Problem(read, made.sampling, made.settings, "bernoulli")


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_what_stands_apart_is_found_and_pieces_tell_the_maker() -> None:
    """The forest orders pieces without any label of the maker, whose level ten of them tell; the class rate cannot."""
    report = evaluate(scenario("quality"), pieces(), learners=("task_mean", "isolation_forest"), seeds=1)
    assert mean(report, "isolation_forest", 0, "auprc") > 0.7
    assert mean(report, "task_mean", 10, "auprc") < 0.4
    assert mean(report, "isolation_forest", 10, "log_loss") < mean(report, "isolation_forest", 0, "log_loss")
    assert mean(report, "isolation_forest", 10, "log_loss") < mean(report, "task_mean", 10, "log_loss")


def test_words_are_read() -> None:
    """A note that tells all is learned from; where it is ignored, the same learner has the weights alone."""
    read = evaluate(scenario("quality"), with_notes(pieces()), learners=("task_mean", "words"), seeds=1)
    blind = evaluate(scenario("quality"), pieces(), learners=("task_mean", "words"), seeds=1)
    assert mean(read, "words", 0, "auprc") == pytest.approx(1, abs=1e-6)
    assert mean(blind, "words", 0, "auprc") < 0.6


def test_findings_that_never_vary_are_refused() -> None:
    """One label teaches nothing: the column and what came are named."""
    made = pieces(("1 good", "1 good"))
    with pytest.raises(DataError, match="column 'found': target never varies"):
        evaluate(scenario("quality"), made, learners=("task_mean",), seeds=1)


def test_three_findings_are_another_scenario() -> None:
    """What is good, bad or between is answered with what the scenario can predict."""
    made = pieces(("1 good", "2 fair", "3 bad"))
    asked = Problem(made.table, made.sampling, made.settings, "categorical")
    with pytest.raises(UsageError, match="scenario 'quality' cannot predict a categorical target; it can: bernoulli"):
        evaluate(scenario("quality"), asked, learners=("task_mean",), seeds=1)
