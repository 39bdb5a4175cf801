"""`fit_mixed`: fit members on some task groups, choose on the others, and fit the chosen ones on all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from warmstart.engine.calibrate import variance_factors
from warmstart.engine.choice import Candidate, Choice
from warmstart.engine.groups import hold_out_groups, hold_out_newest
from warmstart.engine.mixed import Mixed
from warmstart.engine.rehearse import LOSSES, Rehearsal, rehearse
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
_ENOUGH_GROUPS = 20  # to choose by
_ROUNDS = 12  # votes for each member of an ensemble


class _Fitted(NamedTuple):
    """Members by place, fitted without the held-out groups."""

    params: dict[str, Params]
    seconds: dict[str, float]
    refused: dict[str, str]


def fit_mixed(bound: Mixed, train: TaskArrays, job: Job, fit: _Fit) -> Params:
    """Parameters of `Mixed`; what was chosen is told to the job. `fit` fits any learner.

    Held out are `settings.validation` of the training groups, or twenty where that is more and no more than a third;
    with order "session" or "moments" those that were first seen last, and nothing is learnt from their days.
    Errors: `UserError` of a member of an ensemble, or of the last candidate where all are refused.
    """
    rest, held = _parts(train, job)
    first = _first_fits(bound, rest, job, fit)
    names = list(first.params)
    rehearsal = rehearse([(bound.bounds[name], first.params[name]) for name in names], held, job.settings)
    weights = _weights(bound.learner, rehearsal, job)
    job.choose(_choice(bound, first, rehearsal, weights, held.n_tasks, job.settings.shots))
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


def _parts(train: TaskArrays, job: Job) -> tuple[TaskArrays, TaskArrays]:
    """What to learn from, and the held-out tasks that can be asked; where sessions follow each other, the newest."""
    rng = np.random.default_rng((job.seed, 11))
    usable, held = hold_out_groups(train, job.settings, rng, enough=_ENOUGH_GROUPS)
    newest = hold_out_newest(train, job.settings, usable, rng) if job.settings.from_the_first else None
    if newest is not None:
        return newest
    rest = np.flatnonzero(~np.isin(train.group, train.group[usable[held]]))
    return train.take(rest), train.take(usable[held])


def _first_fits(bound: Mixed, rest: TaskArrays, job: Job, fit: _Fit) -> _Fitted:
    """Every member, without the held-out groups; a candidate of `Auto` may refuse."""
    found = _Fitted({}, {}, dict(bound.refused))
    for at, (name, member) in enumerate(bound.bounds.items()):
        part = job.part(f"first-{name}-{member.learner.name}", at / (2 * len(bound.bounds)), 0.5 / len(bound.bounds))
        started = perf_counter()
        try:
            found.params[name] = fit(member.learner, rest, replace(part, known={}))
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
