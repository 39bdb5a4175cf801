"""`evaluate`: every contender of a scenario on one protocol, over several seeds, as one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from warmstart.engine.bind import bind
from warmstart.engine.bound import Bound
from warmstart.engine.choice import Choice
from warmstart.engine.compilation import remember_compiled
from warmstart.engine.fit import Job, fit
from warmstart.errors import NotReady, UsageError
from warmstart.evaluate.bootstrap import interval, paired_difference
from warmstart.evaluate.calibration import CALIBRATION, Calibration, calibration_error
from warmstart.evaluate.judge import Ask, Score, judge
from warmstart.evaluate.metrics import metric
from warmstart.evaluate.protocols import Plan, Trial, protocol
from warmstart.evaluate.result import Report, Row
from warmstart.evaluate.verdict import Difference, verdict
from warmstart.learners.auto import Auto
from warmstart.learners.contract import Episodic, Named, Params
from warmstart.learners.effects import Effects, judged
from warmstart.scenarios.problem import Problem
from warmstart.scenarios.scenario import Contest, Scenario
from warmstart.tables.schema import Role
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import Episodes
from warmstart.types import Spec, Widths

__all__ = ["Tell", "evaluate"]

Tell = Callable[[str, float, float], None]
"""Called with what is being done, how much is done, and how much there is."""

_Key = tuple[str, str, int | None, str]  # slice, learner, k, metric


class _Values(NamedTuple):
    """Values of one key, gathered over seeds."""

    ids: list[np.ndarray]
    values: list[np.ndarray]
    ms: list[float]


class _Asked(NamedTuple):
    """A trial as arrays: the same for every learner of a seed."""

    trial: Trial
    arrays: TaskArrays
    episodes: Episodes
    ids: np.ndarray
    """names[episodes] of the tasks"""
    barred: np.ndarray | None
    """bool[items]: what may not be shown, if anything"""

    @classmethod
    def of(cls, trial: Trial, codec: TaskCodec) -> _Asked:
        """Encode the new tasks and draw their episodes."""
        arrays = codec.encode(trial.tasks)
        arrays = judged(arrays) if arrays.spec.effect else arrays
        episodes = trial.episodes(arrays)
        barred = None
        if trial.items is not None:
            barred = np.ones(len(codec.items), dtype=bool)
            barred[codec.item_index(trial.items)] = False
        return cls(trial, arrays, episodes, np.asarray(trial.tasks.ids)[episodes.task], barred)


class _Ready(NamedTuple):
    """A plan as arrays: the same for every learner."""

    codec: TaskCodec
    train: TaskArrays
    asked: Sequence[_Asked]
    effects: tuple[Effects, TaskArrays] | None
    """What `Effects.fit` made of the training tasks, where an effect is asked."""

    @classmethod
    def of(cls, plan: Plan) -> _Ready:
        """Fit the encoders on the training tasks and encode everything."""
        codec = TaskCodec.fit(plan.train)
        train = codec.encode(plan.train)
        asked = [_Asked.of(trial, codec) for trial in plan.trials]
        return cls(codec, train, asked, Effects.fit(train) if train.spec.effect else None)


def evaluate(
    scenario: Scenario,
    problem: Problem,
    *,
    protocol_name: str | None = None,
    learners: Sequence[str] = (),
    seeds: int = 3,
    tell: Tell | None = None,
) -> Report:
    """Train every contender on training tasks and judge it on new ones.

    `learners` names the contenders; by default all of the scenario's that can bind to the data, but for baselines whose
    package is not there; the others stand in the report's notes. A seed changes the split (where the protocol draws
    one), the episodes and the training; a task's value is its mean over seeds, intervals are bootstrapped over tasks.
    Errors: `NotFound` for an unknown protocol or learner, `UsageError` for a target the scenario cannot predict,
    `DataError`.
    """
    remember_compiled()
    table, sampling = problem.table, problem.sampling
    contest = scenario.contest(problem.likelihood)
    name = protocol_name or scenario.protocols[problem.likelihood]
    named = tuple(learners) or (*contest.learners, *contest.baselines)
    made = {each: contest.make(each) for each in named}
    refused = {} if learners else _refused(made, problem)
    last = Auto.name  # it takes over what others have fitted
    names = tuple(sorted((each for each in named if each not in refused), key=lambda each: each == last))
    gathered: dict[_Key, _Values] = {}
    choices: list[Choice] = []
    for seed in range(seeds):
        plans = protocol(name)(table, sampling, seed)
        for at, plan in enumerate(plans):
            fits: dict[Any, Params] = {}
            ready = _Ready.of(plan)
            bounds = {each: bind(made[each], ready.codec.spec) for each in names}
            settings = replace(problem.settings, order=plan.order or sampling.order, ahead=plan.ahead, seed=seed)
            for place, learner in enumerate(names):
                if learner in refused:
                    continue
                step = (seed * len(plans) + at) * len(names) + place
                note = f"{learner}, seed {seed + 1} of {seeds}"
                progress = _progress(tell, note, step, seeds * len(plans) * len(names))
                if progress is not None:
                    progress(0, 1, "fitting")
                job = Job(settings, progress, known=fits, chosen=choices.append, effects=ready.effects)
                try:
                    fits[made[learner]] = fit(made[learner], ready.train, job)
                except NotReady as error:
                    if learners or learner in contest.learners:
                        raise
                    refused[learner] = str(error)
                    continue
                _gather(gathered, learner, ready, fits[made[learner]], bounds[learner], seed, "wql" in contest.metrics)
    names = tuple(each for each in names if each not in refused)
    report = _report(scenario, problem, name, seeds, names, contest, gathered, choices)
    return replace(report, notes=(*report.notes, *(f"left out: {why}" for why in refused.values())))


def _refused(made: Mapping[str, Any], problem: Problem) -> dict[str, str]:
    """Of the contenders that nobody named, those that cannot bind to these data, and why; never all of them."""
    spec = Spec(Widths(), Widths(), problem.likelihood, items=int(problem.table.schema.item is not None))
    found: dict[str, str] = {}
    for name, learner in made.items():
        try:
            bind(learner, spec)
            _check_columns(name, learner, problem)
        except UsageError as error:
            if len(found) == len(made) - 1:
                raise
            found[name] = str(error)
    return found


def _check_columns(name: str, learner: Any, problem: Problem) -> None:
    lost = (
        set(learner.named_columns) - set(problem.table.schema.named(Role.FEATURE)) if isinstance(learner, Named) else ()
    )
    if lost:
        raise UsageError(
            f"{name} needs the features {', '.join(learner.named_columns)}; the table has no {', '.join(sorted(lost))}"
        )


def _gather(
    gathered: dict[_Key, _Values], learner: str, ready: _Ready, params: Any, bound: Bound, seed: int, quantiles: bool
) -> None:
    for trial, arrays, episodes, ids, barred in ready.asked:
        ask = Ask(trial.shots, trial.slice, seed, barred, quantiles)
        for score in judge(bound, params, arrays, episodes, ready.codec.answer, ask):
            _add(gathered, learner, ids, score if trial.known is None else score._replace(k=trial.known))


def _add(gathered: dict[_Key, _Values], learner: str, ids: np.ndarray, score: Score) -> None:
    held = gathered.setdefault((score.slice, learner, score.k, score.metric), _Values([], [], []))
    held.ids.append(ids)
    held.values.append(score.values)
    held.ms.append(score.ms_per_task)


def _per_task(held: _Values) -> tuple[np.ndarray, np.ndarray]:
    """Names and values [tasks, …]: the mean over a task's episodes and seeds."""
    ids, values = np.concatenate(held.ids), np.concatenate(held.values)
    known = ~np.isnan(values).reshape(len(values), -1).any(axis=1)
    names, at = np.unique(ids[known], return_inverse=True)
    total = np.zeros((len(names), *values.shape[1:]))
    np.add.at(total, at, values[known])
    return names, total / np.bincount(at).reshape(-1, *[1] * (values.ndim - 1))


def _progress(tell: Tell | None, note: str, step: int, steps: int) -> Callable[[int, int, str], None] | None:
    if tell is None:
        return None
    return lambda done, total, more: tell(f"{note}: {more}", step + done / max(total, 1), steps)


def _report(
    scenario: Scenario,
    problem: Problem,
    name: str,
    seeds: int,
    names: Sequence[str],
    contest: Contest,
    gathered: Mapping[_Key, _Values],
    choices: Sequence[Choice],
) -> Report:
    default = next((n for n in contest.learners if n in names), names[0])
    baselines = tuple(n for n in names if n not in contest.learners and not isinstance(contest.make(n), Episodic))
    order = {m: i for i, m in enumerate(contest.metrics)}
    first = "novel" if problem.settings.novel else "all"
    keys = sorted((k for k in gathered if k[3] in order), key=lambda k: (k[0] != first, k[0], order[k[3]]))
    rows = tuple(_row(key, gathered[key]) for key in keys)
    sums = {key[:3]: held for key, held in gathered.items() if key[3] == CALIBRATION}
    calibration = tuple(Calibration.of(*key, _per_task(held)[1]) for key, held in sums.items())
    rows += tuple(_error_row(*key, held) for key, held in sums.items() if "ece" in order)
    paired = tuple(_differences(keys, gathered, default))
    judged = [row for row in rows if row.slice == first] if problem.settings.novel else rows
    said = verdict(judged, paired, default, baselines) if baselines and default in contest.learners else ""
    choice = Choice.mean(choices) if choices else None
    chosen, told = (str(choice), choice.text()) if choice and default == Auto.name else (default, "")
    report = Report(scenario.name, problem.table.name, name, seeds, default, rows, chosen, said, baselines, choice=told)
    return replace(report, calibration=calibration)


def _row(key: _Key, held: _Values) -> Row:
    part, learner, k, name = key
    _, values = _per_task(held)
    found = interval(values)
    ms = float(np.median(held.ms))
    return Row(part, learner, k, name, *found, metric(name).higher_is_better, len(values), ms)


def _error_row(part: str, learner: str, k: int | None, held: _Values) -> Row:
    _, sums = _per_task(held)
    return Row(part, learner, k, "ece", *calibration_error(sums), False, len(sums), float(np.median(held.ms)))


def _differences(keys: Iterable[_Key], gathered: Mapping[_Key, _Values], default: str) -> Iterable[Difference]:
    for part, learner, k, name in keys:
        ours = gathered.get((part, default, k, name))
        if learner == default or ours is None:
            continue
        mine, theirs = _per_task(ours), _per_task(gathered[part, learner, k, name])
        both, a, b = np.intersect1d(mine[0], theirs[0], return_indices=True)
        if len(both):
            yield Difference(part, learner, k, name, *paired_difference(mine[1][a], theirs[1][b]))
