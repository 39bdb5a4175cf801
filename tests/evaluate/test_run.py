"""`evaluate` from a tiny table to a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.settings import Settings
from warmstart.errors import NotFound, NotReady, UsageError
from warmstart.evaluate import run
from warmstart.evaluate.judge import Ask, Score
from warmstart.evaluate.protocols import protocol
from warmstart.evaluate.result import Report
from warmstart.scenarios.problem import Problem
from warmstart.scenarios.scenario import Contest, Scenario
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

TOYS = Scenario(
    name="toys",
    summary="Numbers or choices, quickly.",
    task="a shop",
    asks="rows",
    decides="nothing",
    contests={
        "gaussian": Contest(("per_task",), ("task_mean",), ("mae", "rmse"), {"per_task": {"prior_rows": 2.0}}),
        "ranking": Contest(("item_knn",), ("popularity",), ("recall@10", "coverage@10")),
    },
    protocols={"gaussian": "kshot", "ranking": "new-users"},
)
SHOTS = (0, 2, 4)


def shops(seed: int = 0) -> Problem:
    """Twelve shops of ten rows: units fall with the price, and differ by shop."""
    rng = np.random.default_rng(seed)
    shop, price = np.repeat(np.arange(12), 10), rng.normal(size=120)
    units = 50 - 5 * price + np.repeat(9 * rng.normal(size=12), 10) + rng.normal(size=120)
    frame = pl.DataFrame({"shop": [f"s{i}" for i in shop], "price": price, "units": units})
    columns = (Column("shop", Role.TASK, Kind.CATEGORY), Column("price", Role.FEATURE), Column("units", Role.TARGET))
    sampling = Sampling(new_tasks=0.4, shots=SHOTS, queries=5, min_rows=5)
    return Problem(Table("shops", frame, Schema(columns)), sampling, Settings(shots=SHOTS), "gaussian")


def baskets() -> Problem:
    """Twenty users with two days each."""
    rng = np.random.default_rng(1)
    rows = [(u, u + 2 * d, f"i{i}") for u in range(20) for d in range(2) for i in rng.permutation(12)[:3]]
    frame = pl.DataFrame(rows, schema=["user", "day", "item"], orient="row")
    columns = (
        Column("user", Role.TASK),
        Column("day", Role.TIME, Kind.NUMBER),
        Column("item", Role.ITEM, Kind.CATEGORY),
    )
    table = Table("baskets", frame, Schema(columns, Target.CHOICE))
    return Problem(table, Sampling(shots=(0, 1, 3)), Settings(order="session", shots=(0, 1, 3)), "ranking")


@pytest.fixture(scope="module")
def report() -> Report:
    """Two seeds of the shops."""
    return run.evaluate(TOYS, shops(), seeds=2)


def test_rows_are_complete(report: Report) -> None:
    """Every learner at every K by every metric of the contest, once; finite, low ≤ mean ≤ high."""
    keys = [(row.slice, row.learner, row.k, row.metric) for row in report.rows]
    wanted = {("all", n, k, m) for n in ("per_task", "task_mean") for k in SHOTS for m in ("mae", "rmse")}
    assert set(keys) == wanted
    assert len(keys) == len(wanted)
    assert report.notes == ()
    assert all(row.low <= row.mean <= row.high for row in report.rows)
    assert all(row.n_tasks >= 5 and row.ms_per_task >= 0 and not row.higher_is_better for row in report.rows)


def test_head_of_the_report(report: Report) -> None:
    """What was run, who is the default and who must be beaten; the verdict speaks of both."""
    assert (report.scenario, report.data, report.protocol, report.seeds) == ("toys", "shops", "kshot", 2)
    assert (report.default, report.chosen, report.baselines) == ("per_task", "per_task", ("task_mean",))
    assert "task_mean" in report.verdict or "per_task" in report.verdict


def test_json_contract(report: Report) -> None:
    """Exactly the keys that scripts rely on, and the report again."""
    said = json.loads(report.to_json())
    assert list(said) == ["scenario", "data", "protocol", "seeds", "default", "rows", "chosen", "verdict"]
    names = "slice learner k metric mean low high higher_is_better n_tasks ms_per_task"
    assert all(list(row) == names.split() for row in said["rows"])
    assert Report.from_json(report.to_json()).rows == report.rows


def test_adapting_gains_in_this_world(report: Report) -> None:
    """Shops differ by far: both learners are better with four rows than with none, or the evaluation is broken."""
    mean = {(row.learner, row.k): row.mean for row in report.rows if row.metric == "mae"}
    for learner in ("per_task", "task_mean"):
        assert mean[learner, 4] < 0.8 * mean[learner, 0]


def test_same_run_same_figures(report: Report) -> None:
    """All but the time is a function of data and seeds."""
    again = run.evaluate(TOYS, shops(), seeds=2)
    assert [replace(row, ms_per_task=0) for row in again.rows] == [replace(row, ms_per_task=0) for row in report.rows]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[Any]]]:
    """What `evaluate` fits, and what it judges."""
    seen: dict[str, list[Any]] = {"params": [], "scores": []}
    fit, judge = run.fit, run.judge

    def watched_fit(learner: Any, train: Any, job: Any) -> Mapping[str, Any]:
        params = fit(learner, train, job)
        seen["params"].append((learner, params, train))
        return params

    def watched_judge(bound: Any, params: Any, arrays: Any, episodes: Any, target: Any, ask: Ask) -> Iterator[Score]:
        for score in judge(bound, params, arrays, episodes, target, ask):
            seen["scores"].append((bound.learner.name, ask.seed, episodes, score))
            yield score

    monkeypatch.setattr(run, "fit", watched_fit)
    monkeypatch.setattr(run, "judge", watched_judge)
    return seen


def test_new_tasks_do_not_influence_training(watched: dict[str, list[Any]]) -> None:
    """With other targets and prices in every row of the new shops, all fitted parameters are the same to the bit."""
    problem = shops()
    new = protocol("kshot")(problem.table, problem.sampling, 0)[0].trials[0].tasks.ids
    is_new = pl.col("shop").is_in(new)
    frame = problem.table.frame.with_columns(
        units=pl.when(is_new).then(-1000 * pl.col("units")).otherwise("units"),
        price=pl.when(is_new).then(1e6).otherwise("price"),
    )
    spoilt = replace(problem, table=replace(problem.table, frame=frame))
    reports = [run.evaluate(TOYS, each, seeds=1) for each in (problem, spoilt)]
    assert reports[0].rows[0].mean != reports[1].rows[0].mean
    before, after = watched["params"][:2], watched["params"][2:]
    assert [learner.name for learner, *_ in after] == ["per_task", "task_mean"]
    for (_, mine, _), (_, other, _) in zip(before, after, strict=True):
        for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(other), strict=True):
            np.testing.assert_array_equal(a, b)


def test_training_tasks_are_not_judged(watched: dict[str, list[Any]]) -> None:
    """Of twelve shops each seed trains on seven and judges the five others; another seed takes others."""
    problem = shops()
    run.evaluate(TOYS, problem, seeds=2, learners=("task_mean",))
    assert [train.n_tasks for *_, train in watched["params"]] == [7, 7]
    sides = [set(protocol("kshot")(problem.table, problem.sampling, seed)[0].trials[0].tasks.ids) for seed in (0, 1)]
    assert sides[0] != sides[1]


def test_mean_is_over_tasks_of_their_means_over_seeds(watched: dict[str, list[Any]]) -> None:
    """A shop that two seeds judge, by eight episodes each, counts once, with its mean."""
    problem = shops()
    report = run.evaluate(TOYS, problem, seeds=2, learners=("task_mean",))
    by_shop: dict[str, list[float]] = {}
    for _, seed, episodes, score in watched["scores"]:
        if (score.metric, score.k) == ("mae", 2):
            ids = np.asarray(protocol("kshot")(problem.table, problem.sampling, seed)[0].trials[0].tasks.ids)
            for name, value in zip(ids[episodes.task], score.values, strict=True):
                by_shop.setdefault(name, []).append(value)
    (row,) = [row for row in report.rows if (row.metric, row.k) == ("mae", 2)]
    assert max(map(len, by_shop.values())) == 2 * 8
    assert row.n_tasks == len(by_shop)
    assert row.mean == pytest.approx(np.mean([np.mean(values) for values in by_shop.values()]))


def test_parameters_of_the_contest(watched: dict[str, list[Any]]) -> None:
    """A contender is made with the parameters that the scenario gives it."""
    run.evaluate(TOYS, shops(), seeds=1)
    assert watched["params"][0][0].prior_rows == 2.0


def test_ranking() -> None:
    """Users of later days are asked after their first day; a slice of what is novel stands beside the whole."""
    report = run.evaluate(TOYS, baskets(), seeds=1)
    assert report.protocol == "new-users"
    keys = {(row.slice, row.learner, row.k, row.metric) for row in report.rows}
    slices, learners, metrics = ("all", "novel"), ("item_knn", "popularity"), ("recall@10", "coverage@10")
    assert keys == {(s, n, k, m) for s in slices for n in learners for k in (0, 1, 3) for m in metrics}
    assert [row.slice for row in report.rows] == sorted(row.slice for row in report.rows)
    assert all(0 <= row.mean <= 1 for row in report.rows)


def test_progress() -> None:
    """Said by whom and with which seed, never going back, never beyond the end."""
    told: list[tuple[str, float, float]] = []
    scenario = replace(TOYS, contests={"ranking": Contest(("blend",), ("popularity",), ("recall@10",))})
    run.evaluate(scenario, baskets(), seeds=2, tell=lambda *said: told.append(said))
    for seed in (1, 2):
        assert any(f"blend, seed {seed} of 2" in note for note, *_ in told)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert all(done <= total == 4 for _, done, total in told)


def test_without_the_default(report: Report) -> None:
    """A run of baselines alone has no verdict, and its first learner as default."""
    alone = run.evaluate(TOYS, shops(), seeds=1, learners=("task_mean",))
    assert (alone.default, alone.verdict) == ("task_mean", "")
    assert {row.learner for row in alone.rows} == {"task_mean"}


def stocked() -> Problem:
    """The shops, each row being about one of four items."""
    problem = shops()
    frame = problem.table.frame.with_columns(item=pl.Series([f"i{row % 4}" for row in range(120)]))
    schema = Schema((*problem.table.schema.columns, Column("item", Role.ITEM, Kind.CATEGORY)))
    return replace(problem, table=replace(problem.table, frame=frame, schema=schema))


def test_who_cannot_bind_is_left_out() -> None:
    """Where rows have items, a learner on a base model is named in the notes; the next learner is the default."""
    contest = Contest(("bayes_head_on_global_boost", "per_task"), ("task_mean",), ("mae",))
    scenario = replace(TOYS, contests={"gaussian": contest})
    report = run.evaluate(scenario, stocked(), seeds=1)
    assert (report.default, report.baselines) == ("per_task", ("task_mean",))
    assert {row.learner for row in report.rows} == {"per_task", "task_mean"}
    (note,) = report.notes
    assert note.startswith("left out: bayes_head_on_global_boost cannot predict items of a catalogue")


def test_who_was_named_must_bind() -> None:
    """The user's own choice is refused, not passed over; so is a contest of which nobody can bind."""
    with pytest.raises(UsageError, match="cannot predict items of a catalogue"):
        run.evaluate(TOYS, stocked(), seeds=1, learners=("bayes_head_on_global_boost", "task_mean"))
    nobody = replace(TOYS, contests={"gaussian": Contest(("bayes_head_on_global_boost",), (), ("mae",))})
    with pytest.raises(UsageError, match="cannot predict items of a catalogue"):
        run.evaluate(nobody, stocked(), seeds=1)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"protocol_name": "kshots"}, NotFound, "did you mean kshot"),
        ({"learners": ("task_mean", "task_men")}, NotFound, "did you mean task_mean"),
        ({"learners": ("task_mean", "popularity")}, UsageError, "popularity cannot predict a gaussian target"),
    ],
)
def test_refused(change: dict[str, Any], error: type, said: str, watched: dict[str, list[Any]]) -> None:
    """A misspelt protocol or learner, or one for another target: before anything is trained."""
    with pytest.raises(error, match=said):
        run.evaluate(TOYS, shops(), seeds=1, **change)
    assert watched["params"] == []


def test_target_of_another_scenario() -> None:
    """What the scenario cannot predict is said with what it can."""
    with pytest.raises(UsageError, match="scenario 'toys' cannot predict a bernoulli target"):
        run.evaluate(TOYS, replace(shops(), likelihood="bernoulli"))


def test_a_baseline_without_its_package_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notes name the line that installs it; whoever asks for it by name, or for a learner, is refused."""
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    contest = Contest(("per_task",), ("auto_ets", "task_mean"), ("mae",))
    report = run.evaluate(replace(TOYS, contests={"gaussian": contest}), shops(), seeds=2)
    assert {row.learner for row in report.rows} == {"per_task", "task_mean"}
    assert report.baselines == ("task_mean",)
    assert report.notes == ("left out: auto_ets needs the package statsforecast: pip install 'warmstart[series]'",)
    with pytest.raises(NotReady, match="auto_ets needs"):
        run.evaluate(TOYS, shops(), seeds=1, learners=("auto_ets",))
    needed = replace(TOYS, contests={"gaussian": Contest(("auto_ets",), ("task_mean",), ("mae",))})
    with pytest.raises(NotReady, match="auto_ets needs"):
        run.evaluate(needed, shops(), seeds=1)
