"""`behaviour` on a world by hand: users who mostly do what they did last time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.errors import UsageError
from warmstart.evaluate.protocols import protocol
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.sampling import Sampling

WEEKS, CUT = 12, 8
FIRST_NEW = 40  # the week in which the first user of the baskets is new


def world() -> Problem:
    """Sixty users; the next label is the last one with probability .9, and the first is drawn evenly."""
    rng = np.random.default_rng(0)
    rows = []
    for u in range(60):
        label = bool(rng.integers(2))
        for week in range(WEEKS):
            label = label if rng.random() < 0.9 else not label
            rows.append((f"u{u}", week, float(rng.normal()), "yes" if label else "no"))
    frame = pl.DataFrame(rows, schema=["user", "week", "spent", "returns"], orient="row")
    columns = (
        Column("user", Role.TASK, Kind.CATEGORY),
        Column("week", Role.TIME),
        Column("spent", Role.FEATURE),
        Column("returns", Role.TARGET, Kind.CATEGORY),
    )
    settings = replace(scenario("behaviour").settings_for("bernoulli"), steps=30, batch=8)
    table = Table("visits", frame, Schema(columns, Target.CLASS), cutoff=CUT)
    return Problem(table, Sampling(order="time", shots=(0, 1, 5)), settings, "bernoulli")


@pytest.fixture(scope="module")
def report() -> Report:
    """The chain and the network that reads events in order."""
    return evaluate(scenario("behaviour"), world(), learners=("last_label", "hyper_network", "global_boost"), seeds=1)


def loss(report: Report, learner: str, k: int) -> float:
    """Mean log loss."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, "log_loss"))


def test_the_last_event_tells_the_next_ones(report: Report) -> None:
    """One event takes the chain below the coin that it is without any; more say no more to it."""
    assert loss(report, "last_label", 0) == pytest.approx(np.log(2), abs=0.03)
    assert loss(report, "last_label", 1) < loss(report, "last_label", 0) - 0.05
    assert loss(report, "last_label", 5) == loss(report, "last_label", 1)


def test_every_contender_is_judged(report: Report) -> None:
    """Three learners, three support sizes."""
    assert {(r.learner, r.k) for r in report.rows if r.metric == "auc"} == {
        (name, k) for name in ("last_label", "hyper_network", "global_boost") for k in (0, 1, 5)
    }


def test_an_event_of_the_future_is_never_told() -> None:
    """All support is before the cut, however late the query's rows are."""
    problem = world()
    (plan,) = protocol("next-rows")(problem.table, problem.sampling, 0)
    arrays = TaskCodec.fit(plan.train).encode(plan.trials[0].tasks)
    episodes = plan.trials[0].episodes(arrays)
    assert (arrays.time[episodes.support.values] < CUT).all()
    assert (arrays.time[episodes.query.values] >= CUT).all()


def test_time_is_needed() -> None:
    """Without a column of time there is no next event."""
    problem = world()
    timeless = Schema(tuple(c for c in problem.table.schema.columns if c.role is not Role.TIME), Target.CLASS)
    with pytest.raises(UsageError, match="'next-rows' needs a column with the role 'time'"):
        evaluate(
            scenario("behaviour"),
            replace(problem, table=replace(problem.table, schema=timeless, cutoff=None)),
            learners=("last_label",),
            seeds=1,
        )


def baskets() -> Problem:
    """Sixty users who take rice and their own one of twelve kinds of tea, every week of four.

    Thirty things that are each taken once make the catalogue longer than the list.
    """
    rows = [(f"u{u}", u + week, what) for u in range(60) for week in range(4) for what in (f"tea {u % 12}", "rice")]
    rows += [(f"u{u}", u, f"other {u}") for u in range(30)]
    frame = pl.DataFrame(rows, schema=["user", "week", "what"], orient="row")
    columns = (
        Column("user", Role.TASK, Kind.CATEGORY),
        Column("week", Role.TIME),
        Column("what", Role.ITEM, Kind.CATEGORY),
    )
    settings = replace(scenario("behaviour").settings_for("ranking"), shots=(0, 1, 2), batch=8, steps=10)
    table = Table("baskets", frame, Schema(columns, Target.CHOICE), cutoff=FIRST_NEW)
    return Problem(table, Sampling(order="session", shots=(0, 1, 3)), settings, "ranking")


@pytest.fixture(scope="module")
def ranked() -> Report:
    """The last event again, beside popularity."""
    return evaluate(scenario("behaviour"), baskets(), learners=("repeat", "popularity"), seeds=1)


def gain(report: Report, learner: str, k: int) -> float:
    """nDCG@10 of the whole catalogue."""
    return next(r.mean for r in report.rows if (r.slice, r.learner, r.k, r.metric) == ("all", learner, k, "ndcg@10"))


def test_what_was_taken_is_asked_again(ranked: Report) -> None:
    """Repeats count: with the first week told the list begins with it; popularity knows rice but nobody's tea."""
    assert ranked.rows[0].slice == "all"
    assert gain(ranked, "repeat", 3) == 1
    assert gain(ranked, "repeat", 0) < 1
    assert gain(ranked, "popularity", 3) < 1


def test_new_users_are_asked_from_their_second_event_on() -> None:
    """The support is of a user's first week alone, and no user was seen in training."""
    problem = baskets()
    made = scenario("behaviour").protocols["ranking"]
    (plan,) = protocol(made)(problem.table, problem.sampling, 0)
    arrays = TaskCodec.fit(plan.train).encode(plan.trials[0].tasks)
    episodes = plan.trials[0].episodes(arrays)
    for e in range(len(episodes)):
        support = arrays.time[episodes.support.take(np.array([e])).values]
        query = arrays.time[episodes.query.take(np.array([e])).values]
        assert len(set(support)) == 1
        assert support.min() >= FIRST_NEW
        assert support.max() < query.min()
