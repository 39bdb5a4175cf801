"""`market` on worlds by hand: campaigns that differ in who answers, and a coupon that changes some and not others."""

from __future__ import annotations

import datetime as dt
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

CAMPAIGNS, CUSTOMERS = 16, 200
START = dt.date(2024, 1, 1)
CUT = START + dt.timedelta(days=30 * 10)  # ten campaigns before it, six after
FACTS = (
    Column("campaign", Role.TASK, Kind.CATEGORY),
    Column("start", Role.TIME, Kind.DATE),
    Column("loyal", Role.FEATURE),
    Column("moved", Role.FEATURE),
)


def customers() -> pl.DataFrame:
    """Each campaign with the same number of customers, a month after the one before it."""
    rng = np.random.default_rng(0)
    campaign = np.repeat(np.arange(CAMPAIGNS), CUSTOMERS)
    return pl.DataFrame(
        {
            "campaign": [f"c{c:02}" for c in campaign],
            "start": [START + dt.timedelta(days=30 * int(c)) for c in campaign],
            "loyal": rng.normal(size=len(campaign)),
            "moved": rng.normal(size=len(campaign)),
        }
    )


def answers() -> Problem:
    """The campaigns' rates of answers are spread from 5 to 95 %."""
    frame, rng = customers(), np.random.default_rng(1)
    rate = np.repeat(rng.permutation(np.linspace(0.05, 0.95, CAMPAIGNS)), CUSTOMERS)
    said = np.where(rng.random(len(rate)) < rate, "yes", "no")
    schema = Schema((*FACTS, Column("said", Role.TARGET, Kind.CATEGORY)), Target.CLASS)
    return problem(Table("answers", frame.with_columns(said=pl.Series(said)), schema, cutoff=CUT), "bernoulli", 20)


def coupons() -> Problem:
    """The loyal buy, and are sent most coupons; a coupon changes those with a large `moved`, by that much."""
    frame, rng = customers(), np.random.default_rng(1)
    loyal, moved = frame["loyal"].to_numpy(), frame["moved"].to_numpy()
    sent = (rng.random(len(loyal)) < 1 / (1 + np.exp(-loyal))).astype(float)
    spent = 3 * loyal + moved * sent + 0.5 * rng.normal(size=len(loyal))
    schema = Schema((*FACTS, Column("sent", Role.TREATMENT), Column("spent", Role.TARGET)))
    frame = frame.with_columns(sent=pl.Series(sent), spent=pl.Series(spent))
    return problem(Table("coupons", frame, schema, cutoff=CUT), "gaussian", 50)


def problem(table: Table, likelihood: str, most: int) -> Problem:
    """Asked without support and with the most rows."""
    settings = scenario("market").settings_for(likelihood)
    return Problem(table, Sampling(shots=(0, most)), replace(settings, shots=(0, most)), likelihood)


@pytest.fixture(scope="module")
def answered() -> Report:
    """The rate of the pilot."""
    return evaluate(scenario("market"), answers(), learners=("task_mean", "global_boost"), seeds=1)


@pytest.fixture(scope="module")
def moved() -> Report:
    """Effects beside responses and a random choice."""
    names = ("task_mean", "global_boost", "response_model", "t_learner", "x_learner")
    return evaluate(scenario("market"), coupons(), learners=names, seeds=1)


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_a_pilot_tells_the_rate(answered: Report) -> None:
    """Twenty answers take the loss well below that of the mean rate of all campaigns, or of the customers' features."""
    assert mean(answered, "task_mean", 20, "log_loss") < mean(answered, "task_mean", 0, "log_loss") - 0.1
    assert mean(answered, "task_mean", 20, "log_loss") < mean(answered, "global_boost", 20, "log_loss") - 0.1


def test_the_changed_are_found_and_the_loyal_are_not(moved: Report) -> None:
    """Models of effects gain most of what the true order would; the response is the loyalty of those who buy anyway."""
    best = 1 / np.sqrt(np.pi) / 2  # of a normal effect with deviation 1: E[e Φ(e)]
    for learner in ("global_boost", "t_learner", "x_learner"):
        assert mean(moved, learner, 0, "qini") > 0.7 * best
        assert mean(moved, learner, 0, "uplift@20") > 0.9
    assert mean(moved, "response_model", 0, "qini") < 0.5 * best


def test_a_mean_is_a_random_choice(moved: Report) -> None:
    """It tells no customers apart, so nothing is gained, and the first fifth is changed as all are: not at all."""
    assert mean(moved, "task_mean", 50, "qini") == pytest.approx(0, abs=1e-9)
    assert mean(moved, "task_mean", 50, "uplift@20") == pytest.approx(0, abs=0.2)


def test_only_campaigns_before_the_cut_are_learned_from() -> None:
    """The later ones are asked for all rows but those of the pilot."""
    (plan,) = protocol("later-tasks")(answers().table, Sampling(shots=(0, 20)), 0)
    assert plan.train.ids == [f"c{c:02}" for c in range(10)]
    (trial,) = plan.trials
    assert trial.tasks.ids == [f"c{c:02}" for c in range(10, CAMPAIGNS)]
    episodes = trial.episodes(TaskCodec.fit(plan.train).encode(trial.tasks))
    assert (episodes.support.lengths == 20).all()
    assert (episodes.query.lengths == CUSTOMERS - 20).all()


def test_later_tasks_need_a_time() -> None:
    """Nothing is later without one."""
    made = answers().table
    timeless = replace(
        made, schema=Schema(tuple(c for c in made.schema.columns if c.role is not Role.TIME), Target.CLASS)
    )
    with pytest.raises(UsageError, match="'later-tasks' needs a column with the role 'time'"):
        protocol("later-tasks")(timeless, Sampling(), 0)
