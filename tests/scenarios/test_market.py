"""`market` on worlds by hand: campaigns that differ in who answers, and a coupon that changes some and not others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.bound import Bound
from warmstart.engine.meta_train import meta_train
from warmstart.engine.model import MetaModel
from warmstart.errors import UsageError
from warmstart.evaluate import run
from warmstart.evaluate.judge import Score, judge
from warmstart.evaluate.protocols import protocol
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.learners.contract import Params
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import Episodes, gather
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


class Judged(NamedTuple):
    """What an evaluation judges: a fitted learner on new campaigns."""

    bound: Bound
    params: Params
    arrays: TaskArrays
    episodes: Episodes


@pytest.fixture(scope="module")
def evaluated() -> tuple[Report, dict[str, Judged]]:
    """Effects beside responses and a random choice: the report, and what was judged by learner."""
    heard: dict[str, Judged] = {}

    def listen(bound: Bound, params: Params, arrays: TaskArrays, episodes: Episodes, *more: Any) -> Iterator[Score]:
        heard[bound.learner.name] = Judged(bound, params, arrays, episodes)
        return judge(bound, params, arrays, episodes, *more)

    names = ("task_mean", "global_boost", "response_model", "t_learner", "x_learner", "local_t_learner")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "judge", listen)
        return evaluate(scenario("market"), coupons(), learners=names, seeds=1), heard


@pytest.fixture(scope="module")
def moved(evaluated: tuple[Report, dict[str, Judged]]) -> Report:
    """The report on effects."""
    return evaluated[0]


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


def test_a_served_model_answers_as_the_evaluation_did(evaluated: tuple[Report, dict[str, Judged]]) -> None:
    """What was judged of the first new campaign is what a model says that is told the same pilot, row by row."""
    problem = coupons()
    (plan,) = protocol("later-tasks")(problem.table, problem.sampling, 0)
    codec, frame = TaskCodec.fit(plan.train), plan.trials[0].tasks.frame
    for name, (bound, params, arrays, episodes) in evaluated[1].items():
        batch = gather(arrays, episodes.take(np.array([0])), 50)
        prepared = bound.prepare(params, arrays.catalogue)
        state = bound.adapt(params, prepared, batch.descriptor, batch.support)
        judged = bound.predict(params, prepared, state, batch.query).mean[0] * codec.answer.scale
        pilot, others = np.sort(episodes.support.padded(50)[0]), episodes.query.padded(CUSTOMERS - 50)[0]
        task = MetaModel(codec, bound.learner, params, arrays.catalogue).adapt(frame[pilot])
        said = task.predict(frame[others].select("start", "loyal", "moved")).mean
        np.testing.assert_allclose(said, judged, rtol=1e-3, atol=1e-4, err_msg=name)
        assert np.ptp(said) > 0.1 or name == "task_mean"


def test_training_gives_what_was_judged(evaluated: tuple[Report, dict[str, Judged]]) -> None:
    """The front door of the engine fits the same parameters, those that score a support among them."""
    problem = coupons()
    (plan,) = protocol("later-tasks")(problem.table, problem.sampling, 0)
    judged = evaluated[1]["global_boost"]
    model = meta_train(plan.train, judged.bound.learner, settings=problem.settings)
    jax.tree.map(np.testing.assert_array_equal, dict(model.params), dict(judged.params))
    assert model.info["predicts"] == "the effect of sent on spent"


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
