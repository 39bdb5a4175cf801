"""`fit_mixed`: fit members on some task groups, choose on the others, and fit the chosen ones on all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from warmstart.engine.calibrate import variance_factors
from warmstart.engine.choice import Candidate, Choice
from warmstart.engine.groups import fold_groups, hold_out_newest
from warmstart.engine.mixed import Mixed
from warmstart.engine.rehearse import LOSSES, Rehearsal, rehearse, together
from warmstart.engine.select import select, single_losses
from warmstart.errors import UserError
from warmstart.learners.auto import Auto
from warmstart.learners.contract import Params
from warmstart.learners.ensemble import Ensemble
from warmstart.tasks.arrays import TaskArrays

if TYPE_CHECKING:
    from warmstart.engine.fit import Job

__all__ = ["fit_mixed"]

_Fit = Callable[[Any, TaskArrays, "Job"], Params]
_ENOUGH_GROUPS = 20  # to be held out at once
_WANTED_GROUPS = 60  # to choose by, over all folds
_ROUNDS = 12  # votes for each member of an ensemble


class _Fitted(NamedTuple):
    """Members by place, each fitted once for every fold without its held-out groups."""

    params: dict[str, list[Params]]
    seconds: dict[str, float]
    refused: dict[str, str]


def fit_mixed(bound: Mixed, train: TaskArrays, job: Job, fit: _Fit) -> Params:
    """Parameters of `Mixed`; what was chosen is told to the job. `fit` fits any learner.

    Held out are `settings.validation` of the training groups, or twenty where that is more and no more than a third;
    then others, until sixty or all have been held out once, except where items are ranked. With order "session" or
    "moments" those that were first seen last are held out, once, and nothing is learnt from their days.
    Errors: `UserError` of a member of an ensemble, or of the last candidate where all are refused.
    """
    folds = _folds(train, job)
    first = _first_fits(bound, [rest for rest, _ in folds], job, fit)
    names = list(first.params)
    members = [[(bound.bounds[name], first.params[name][at]) for name in names] for at in range(len(folds))]
    rehearsal = together([rehearse(some, held, job.settings) for some, (_, held) in zip(members, folds, strict=True)])
    weights = _weights(bound.learner, rehearsal, job)
    tasks = sum(held.n_tasks for _, held in folds)
    job.choose(_choice(bound, first, rehearsal, weights, tasks, job.settings.shots))
    kept = [i for i in range(len(names)) if weights[:, i].any()]
    order = np.argsort(job.settings.shots)
    return {
        "shots": np.asarray(job.settings.shots)[order],
        "weight": weights[order][:, kept],
        "spread": variance_factors(rehearsal, weights)[order],
        "temperature": rehearsal.temperature[kept],
        "members": _final_fits(bound, [names[i] for i in kept], train, job, fit),
        **({"foreign": train.foreign} if len(train.foreign) else {}),
    }


def _folds(train: TaskArrays, job: Job) -> list[tuple[TaskArrays, TaskArrays]]:
    """What to learn from, and the held-out tasks that can be asked; where sessions follow each other, the newest."""
    rng = np.random.default_rng((job.seed, 11))
    wanted = 1 if train.spec.likelihood == "ranking" else _WANTED_GROUPS
    usable, fold = fold_groups(train, job.settings, rng, enough=_ENOUGH_GROUPS, wanted=wanted)
    newest = hold_out_newest(train, job.settings, usable, rng) if job.settings.from_the_first else None
    if newest is not None:
        return [newest]
    out = [usable[fold == each] for each in range(int(fold.max()) + 1)]
    return [(train.take(np.flatnonzero(~np.isin(train.group, train.group[held]))), train.take(held)) for held in out]


def _first_fits(bound: Mixed, rests: Sequence[TaskArrays], job: Job, fit: _Fit) -> _Fitted:
    """Every member, without the held-out groups of each fold; a candidate of `Auto` may refuse."""
    found = _Fitted({}, {}, dict(bound.refused))
    share = 0.5 / (len(bound.bounds) * len(rests))

    def part(name: str, done: int) -> Job:
        return replace(job.part(name, done * share, share), known={})

    for at, (name, member) in enumerate(bound.bounds.items()):
        started = perf_counter()
        try:
            found.params[name] = [
                fit(member.learner, rest, part(f"first-{fold}-{name}-{member.learner.name}", at * len(rests) + fold))
                for fold, rest in enumerate(rests)
            ]
        except UserError as error:
            if isinstance(bound.learner, Ensemble) or len(found.refused) + 1 == len(bound.learner.members):
                raise
            found.refused[name] = str(error)
        found.seconds[name] = perf_counter() - started
    return found


def _final_fits(bound: Mixed, names: Sequence[str], train: TaskArrays, job: Job, fit: _Fit) -> dict[str, Params]:
    """The chosen members, on all tasks."""
    parts = (job.part(f"last-{name}", 0.5 + at / (2 * len(names)), 0.5 / len(names)) for at, name in enumerate(names))
    return {name: fit(bound.bounds[name].learner, train, part) for name, part in zip(names, parts, strict=True)}


def _weights(learner: Auto | Ensemble, rehearsal: Rehearsal, job: Job) -> np.ndarray:
    """float64[shots, members]; where the newest tasks are asked, the first candidate needs to be beaten clearly.

    They lie in one stretch of time: what sold just then moves all of them together, and tasks count for less than
    their number says.
    """
    if isinstance(learner, Auto):
        favour = job.settings.from_the_first
        return select(rehearsal.evidence, rounds=learner.rounds, bags=learner.bags, seed=job.seed, favour=favour)
    members = len(rehearsal.temperature)
    return select(rehearsal.evidence, rounds=_ROUNDS * members, bags=16, seed=job.seed, every=True)


def _choice(
    bound: Mixed, first: _Fitted, rehearsal: Rehearsal, weights: np.ndarray, tasks: int, shots: tuple[int, ...]
) -> Choice:
    """The table of all candidates, in their order."""
    alone = single_losses(rehearsal.evidence)
    lines = {
        name: Candidate(
            bound.bounds[name].learner.name,
            tuple(alone[:, i].tolist()),
            tuple(weights[:, i].tolist()),
            fit_seconds=first.seconds[name],
            ms_per_task=rehearsal.ms_per_task[i],
        )
        for i, name in enumerate(first.params)
    }
    lines |= {at: Candidate(bound.learner.members[int(at)].name, reason=why) for at, why in first.refused.items()}
    loss = tuple(rehearsal.evidence.mean(shot, each) for shot, each in enumerate(weights))
    return Choice(LOSSES[bound.spec.likelihood], tasks, shots, loss, tuple(lines[at] for at in sorted(lines, key=int)))
