"""`Auto`: finds the good candidates, says what it chose, and is never worse than the best of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.choice import Choice
from warmstart.engine.fit import Job, fit
from warmstart.engine.rehearse import rehearse
from warmstart.engine.settings import Settings
from warmstart.errors import DataError, UsageError
from warmstart.learners.auto import Auto
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.bias import Bias
from warmstart.learners.contract import Context, Params
from warmstart.learners.global_boost import Global
from warmstart.learners.item_knn import ItemKNN
from warmstart.learners.per_task import PerTask
from warmstart.learners.popularity import Popularity
from warmstart.learners.repeat import Repeat
from warmstart.learners.shifted import Shifted
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import Order
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

Worlds = Callable[..., TaskArrays]
SHOTS = (0, 2, 8)
SETTINGS = Settings(shots=SHOTS, steps=20, batch=8, queries=8, validate_every=10)


class Level(NamedTuple):
    """What the support lies above the line, and how many rows say so."""

    above: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Line:
    """Says `slope` times the first number plus `shift`; `start` more without support; `lift` follows the support."""

    slope: float = 1.5
    shift: float = 0.0
    start: float = 0.0
    lift: bool = False
    broken: bool = False
    name: ClassVar[str] = "line"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> Params:
        """Nothing, or a refusal."""
        if self.broken:
            raise DataError("broken", expected="a whole one", got="this")
        return {}

    def adapt(self, params: Params, descriptor: Rows, support: Support) -> Level:
        """Mean residual of the support."""
        rest = (support.y - self.slope * support.x.numbers[..., 0]) * support.weight
        rows = support.weight.sum(axis=-1)
        return Level(rest.sum(axis=-1) / np.maximum(rows, 1), rows)

    def predict(self, params: Params, state: Level, query: Query) -> Latent:
        """A line."""
        level = (state.above if self.lift else 0 * state.above) + self.start * (state.rows == 0)
        mean = self.slope * query.x.numbers[..., 0] + self.shift + level[..., None]
        return Latent(mean, 0 * mean, np.float32(0.1))


BEHIND = "of no use on the first of the folds"


def chosen(learner: Auto, train: TaskArrays, settings: Settings = SETTINGS) -> tuple[Params, Choice]:
    """Fit, and what was told."""
    told: list[Choice] = []
    params = fit(learner, train, Job(settings, chosen=told.append))
    return params, told[0]


def weights(choice: Choice) -> np.ndarray:
    """float64[candidates, shots]; who is left out has none"""
    return np.array([line.weight or (0.0,) * len(choice.shots) for line in choice.candidates])


def test_the_only_good_candidate(table: Worlds) -> None:
    """Where the others are useless it gets everything, and they are fitted for the first fold only."""
    auto = Auto((Line(-3.0), Line(1.5, lift=True), Line(0.0, shift=5.0)))
    params, choice = chosen(auto, table(tasks=30))
    np.testing.assert_array_equal(weights(choice), [[0, 0, 0], [1, 1, 1], [0, 0, 0]])
    assert set(params["members"]) == {"1", "1.1", "1.2", "1.3"}
    assert params["weight"].tolist() == [[0.25] * 4] * 3
    assert [line.reason for line in choice.candidates] == [BEHIND, "", BEHIND]


def test_few_groups_rule_nobody_out(table: Worlds) -> None:
    """Each fold has one group of three: a bad candidate gets no weight, but is asked about all of them."""
    world = table(tasks=30)
    grouped = replace(world, group=(np.arange(30) % 3).astype(np.int32))
    _, choice = chosen(Auto((Line(-3.0), Line(1.5, lift=True))), grouped)
    assert [line.reason for line in choice.candidates] == ["", ""]
    np.testing.assert_array_equal(weights(choice), [[0, 0, 0], [1, 1, 1]])


def test_two_half_good_ones(table: Worlds) -> None:
    """One says too much, one too little: the mixture is better than either."""
    auto = Auto((Line(shift=1.0, lift=False), Line(shift=-1.0, lift=False), Line(0.0, shift=9.0)))
    _, choice = chosen(auto, table(tasks=60))
    found = weights(choice)
    assert (found[:2] > 0.2).all()
    assert (found[2] == 0).all()
    assert max(choice.loss) < 0.95 * min(min(line.loss) for line in choice.candidates[:2])


def test_another_choice_with_rows_than_without(table: Worlds) -> None:
    """The one that starts badly and learns, and the one that starts well and does not, each where it is good."""
    auto = Auto((Line(start=9.0, lift=True), Line()))
    _, choice = chosen(auto, table(tasks=30), Settings(shots=(0, 1, 4, 8, 16), queries=8))
    assert weights(choice)[1, 0] > 0.9
    assert weights(choice)[0, -1] > 0.9


@pytest.mark.parametrize("kind", ["gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal"])
def test_never_worse_than_the_best_on_held_out_tasks(kind: str, table: Worlds) -> None:
    """At every support size, by the loss that it is chosen by."""
    small = {"folds": 2, "max_rounds": 20, "threads": 1}
    auto = Auto((TaskMean(), PerTask(), Shifted(**small), Global(**small), BayesHead(features=4, hidden=(4,))))
    _, choice = chosen(auto, table(kind, tasks=24))
    for shot, loss in enumerate(choice.loss):
        assert loss <= min(line.loss[shot] for line in choice.candidates if line.loss) + 1e-12
    assert max(choice.loss) < max(max(line.loss) for line in choice.candidates if line.loss)


def test_rankings(choices: Worlds) -> None:
    """Users who buy the same again: repeating is chosen over popularity, the first candidate, once there are rows."""
    rng = np.random.default_rng(0)
    own = [rng.permutation(40)[:4] for _ in range(80)]
    train = choices([[(t, int(i)) for t in (0, 1) for i in basket] for basket in own], 40)
    auto = Auto((Popularity(), Repeat(), ItemKNN()))
    settings = Settings(shots=(0, 2, 4), order="session")
    params, choice = chosen(auto, train, settings)
    assert choice.measure == "1 - recall@10"
    assert [line.weight[0] for line in choice.candidates] == [1, 0, 0]
    assert choice.loss[2] < 0.2
    assert choice.candidates[0].loss[2] > 0.5
    assert (params["temperature"] > 0).all()


def test_who_cannot_is_left_out_with_the_reason(table: Worlds) -> None:
    """One that does not go with the data, and one that refuses while it is fitted."""
    auto = Auto((Bias(), Line(), Line(broken=True), Popularity()))
    _, choice = chosen(auto, table(tasks=12))
    reasons = [line.reason for line in choice.candidates]
    assert [bool(reason) for reason in reasons] == [True, False, True, True]
    assert "broken" in reasons[2]
    assert "popularity cannot predict a gaussian target" in reasons[3]
    assert [line.name for line in choice.candidates] == ["bias", "line", "line", "popularity"]


def test_nobody_is_left(table: Worlds) -> None:
    """All refused: the last reason; none that goes with the target: all reasons; none at all: that."""
    with pytest.raises(DataError, match="broken"):
        fit(Auto((Bias(), Line(broken=True))), table(tasks=12), Job(SETTINGS))
    spec = Spec(Widths(1), Widths(0), "gaussian")
    with pytest.raises(UsageError, match=r"auto\.candidates: expected one or more .* popularity cannot"):
        bind(Auto((Popularity(),)), spec)
    with pytest.raises(UsageError, match="none were given"):
        bind(Auto(), spec)


def test_out_of_range() -> None:
    """Votes and bags are counted from one."""
    with pytest.raises(UsageError, match=r"auto\.bags: expected 1 or more"):
        Auto(bags=0)


def test_known_fits_are_taken_over(table: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fitted on the same tasks is not fitted again: one fit without the held-out groups, none with."""
    seen: list[int] = []
    original = Line.fit

    def counted(self: Line, train: TaskArrays, context: Context) -> Params:
        seen.append(train.n_tasks)
        return original(self, train, context)

    monkeypatch.setattr(Line, "fit", counted)
    mine: Mapping[str, Any] = {"mine": np.ones(1)}
    params = fit(Auto((Line(),)), table(tasks=30), Job(SETTINGS, known={Line(): mine}))
    assert params["members"]["0"] is mine
    assert seen == [20, 20, 20]  # three folds of ten held out
    fit(Auto((Line(),)), table(tasks=30), Job(SETTINGS))
    assert seen == [20, 20, 20, 20, 20, 20, 30]


def test_held_out_groups_are_not_learnt_from(table: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of one group lie on one side, whatever their place."""
    seen: list[TaskArrays] = []
    original = Line.fit

    def watched(self: Line, train: TaskArrays, context: Context) -> Params:
        seen.append(train)
        return original(self, train, context)

    monkeypatch.setattr(Line, "fit", watched)
    train = table(tasks=40)
    object.__setattr__(train, "group", (np.arange(40) % 10).astype(np.int32))
    fit(Auto((Line(),)), train, Job(SETTINGS))
    assert len(np.unique(seen[0].group)) == 7
    assert seen[0].n_tasks == 28


def test_same_seed_same_choice_resumable(table: Worlds, tmp_path: Path) -> None:
    """Twice the same to the bit, also with checkpoints; progress never goes back."""
    auto = Auto((BayesHead(features=3, hidden=()), TaskMean()), bags=3)
    told: list[tuple[int, int, str]] = []
    job = Job(SETTINGS, lambda *said: told.append(said), tmp_path)
    runs = [fit(auto, table(tasks=16), each) for each in (Job(SETTINGS), job, job)]
    for again in runs[1:]:
        for a, b in zip(jax.tree.leaves(runs[0]), jax.tree.leaves(again), strict=True):
            np.testing.assert_array_equal(a, b)
    once = [done for done, *_ in told][: len(told) // 2]
    assert once == sorted(once)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert names >= {"first/0/0-bayes_head", "first/1/0-bayes_head", "last/0-bayes_head"}


TOLD: list[int] = []
"""The last moment of everything that `Watcher` was fitted on."""


@dataclass(frozen=True)
class Watcher:
    """Remembers until when it was told of choices."""

    name: ClassVar[str] = "watcher"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def fit(self, train: TaskArrays, context: Context) -> Params:
        """Only looks at the clock."""
        TOLD.append(int(train.time.max()))
        return {"items": np.array(train.spec.items)}

    def adapt(self, params: Params, descriptor: Rows, support: Support) -> Level:
        """Nothing."""
        return Level(support.weight.sum(axis=-1), support.weight.sum(axis=-1))

    def predict(self, params: Params, state: Level, query: Query) -> Latent:
        """All items alike."""
        mean = np.zeros((len(state.rows), int(params["items"])), np.float32)
        return Latent(mean, mean, np.float32(0))


@pytest.mark.parametrize("order", ["session", "moments"])
def test_the_newest_are_held_out(order: Order, choices: Worlds) -> None:
    """Task t begins on day t: candidates learn nothing from the days of the newest, the chosen one does."""
    TOLD.clear()
    train = choices([[(t + day, (t + day) % 9) for day in range(3)] for t in range(40)], 9)
    chosen(Auto((Watcher(),)), train, Settings(shots=(0, 1), order=order))
    assert TOLD[0] < 40 - 0.15 * 40 <= TOLD[1] == 41


def test_moments_to_come_are_held_out() -> None:
    """Series that wander together: trees know every day that others have had, and nothing of the days to come."""
    rng = np.random.default_rng(0)
    walk, (series, day) = np.cumsum(rng.normal(size=60)), np.divmod(np.arange(24 * 60), 60)
    sold = walk[day] + 0.1 * rng.normal(size=len(day))
    dates = pl.Series(day).cast(pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"series": series, "date": dates, "day": day, "sold": sold})
    columns = (
        Column("series", Role.TASK, Kind.CATEGORY),
        Column("date", Role.TIME, Kind.DATE),
        Column("day", Role.FEATURE),
        Column("sold", Role.TARGET),
    )
    tasks = TaskSet.of(Table("wandering", frame, Schema(columns, Target.NUMBER)))
    train = TaskCodec.fit(tasks).encode(tasks)
    settings = Settings(shots=(1, 4), order="time", queries=5)
    losses = []
    for ahead in (False, True):
        _, choice = chosen(Auto((Global(),)), train, replace(settings, ahead=ahead))
        losses.append(np.array(choice.candidates[0].loss))
    assert (losses[1] > 3 * losses[0]).all()


@pytest.mark.parametrize(("order", "counted"), [("session", [20, 20]), ("random", [20, 10])])
def test_tasks_with_a_short_first_moment(order: Order, counted: list[int], choices: Worlds, context: Any) -> None:
    """Ten tasks begin with one item and ten with three; all are asked at K = 3 where supports are first moments."""
    short = [[(1, t % 6), (2, (t + 1) % 6)] for t in range(10)]
    long = [[(1, 0), (1, 2), (1, 4), (2, 5), (2, 1)] for _ in range(10)]
    world = choices(short + long, 6)
    learner = Popularity()
    members = [(bind(learner, world.spec), learner.fit(world, context))]
    found = rehearse(members, world, Settings(shots=(1, 3), order=order)).evidence
    per_task = found.counts.shape[1] / 20
    assert (found.counts.sum(axis=1) / per_task).tolist() == counted
    assert np.isin(found.counts, (0, 1)).all()
