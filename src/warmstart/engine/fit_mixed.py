"""`fit_mixed`: fit members on some task groups, choose on the others, and fit the chosen ones on all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from warmstart.engine.answer import LARGEST_LOG_RATE
from warmstart.engine.calibrate import variance_factors
from warmstart.engine.choice import Candidate, Choice
from warmstart.engine.executor import Asked, Fit, Fitted
from warmstart.engine.groups import fold_groups, hold_out_ahead, hold_out_newest
from warmstart.engine.mixed import Mixed
from warmstart.engine.rehearse import LOSSES, Rehearsal, rehearse, together
from warmstart.engine.select import contenders, select, single_losses
from warmstart.engine.settings import Settings
from warmstart.learners.auto import Auto
from warmstart.learners.contract import Params
from warmstart.learners.ensemble import Ensemble
from warmstart.tasks.arrays import TaskArrays

if TYPE_CHECKING:
    from warmstart.engine.fit import Job

__all__ = ["fit_mixed"]

_ENOUGH_GROUPS = 20  # to be held out at once
_WANTED_GROUPS = 60  # to choose by, over all folds
_FEWEST_TO_JUDGE = 6  # groups in a fold, by which a candidate is given up
_ROUNDS = 12  # votes for each member of an ensemble
_BEHIND = "of no use on the first of the folds"


@dataclass
class _Race:
    """What members answered about held-out tasks, fold by fold; each was fitted without the groups of that fold."""

    names: list[str]
    """Of the members that answered about every fold so far: their places."""
    refused: dict[str, str]
    """By place: why another one did not."""
    seconds: dict[str, float]
    """By place: spent on fitting."""
    parts: list[Rehearsal] = field(default_factory=list)
    fits: list[dict[str, Params]] = field(default_factory=list)
    """Fold by fold and place by place."""
    tasks: int = 0
    """Held out so far."""

    def keep(self, useful: Sequence[str], why: Mapping[str, str]) -> None:
        """Go on with these only; `why` says of each other one what is wrong with it."""
        at = [i for i, name in enumerate(self.names) if name in useful]
        self.names, self.parts = [self.names[i] for i in at], [part.of(at) for part in self.parts]
        self.refused |= why


def fit_mixed(bound: Mixed, train: TaskArrays, job: Job, fit: Fit) -> Params:
    """Parameters of `Mixed`; what was chosen is told to the job. `fit` fits any learner.

    Held out are `settings.validation` of the training groups, or twenty where that is more and no more than a third;
    then others, until sixty or all have been held out once, except where items are ranked. Candidates of `Auto` that
    are of no use on the first of these folds, if it has groups enough to tell, are not fitted for the others. Where
    there are several folds and numbers are predicted, what was learned without each of them answers beside what was
    learned from all tasks: bagging (Breiman 1996). Of classes that is worse, since each has seen fewer tasks.
    With order "session" or "moments" those that were first seen last are held out, once, and nothing is learnt from
    their days.
    Errors: `UserError` of a member of an ensemble, or of the last candidate where all are refused.
    """
    folds = _folds(train, job)
    race = _race(bound, folds, job, fit)
    rehearsal, names = together(race.parts), race.names
    weights = _weights(bound.learner, rehearsal, job)
    job.choose(_choice(bound, race, rehearsal, weights, job))
    kept = [i for i in range(len(names)) if weights[:, i].any()]
    order = np.argsort(job.settings.shots)
    members = _final_fits(bound, [names[i] for i in kept], train, job, fit)
    if len(folds) > 1 and train.spec.likelihood == "gaussian":
        members |= {f"{names[i]}.{j}": fits[names[i]] for i in kept for j, fits in enumerate(race.fits, 1)}
    copies = len(members) // len(kept)
    return {
        "shots": np.asarray(job.settings.shots)[order],
        "weight": np.repeat(weights[order][:, kept] / copies, copies, axis=1),
        "spread": variance_factors(rehearsal, weights)[order],
        "temperature": np.repeat(rehearsal.temperature[kept], copies),
        "members": members,
        **({"foreign": train.foreign} if len(train.foreign) else {}),
        **_range(train),
    }


def _range(train: TaskArrays) -> dict[str, np.ndarray]:
    """What a member may expect: no further from the training targets than these lie apart; of a count its log rate.

    Steps of gradients can run away from a support that is unlike all others.
    """
    least, most = float(train.y.min()), float(train.y.max())
    match train.spec.likelihood:
        case "gaussian":
            return {"range": np.array([2 * least - most, 2 * most - least])}
        case "negative_binomial":
            return {"range": np.array([-LARGEST_LOG_RATE, np.log1p(2 * most)])}
        case _:
            return {}


class _Fold(NamedTuple):
    """One way to hold tasks out."""

    rest: TaskArrays
    """What to learn from."""
    held: TaskArrays
    """Tasks that can be asked."""
    cut: int | None = None
    """The moment from which on they are asked; None for any."""


def _folds(train: TaskArrays, job: Job) -> list[_Fold]:
    """Groups of tasks that are held out in turn; where sessions follow each other, the newest."""
    rng = np.random.default_rng((job.seed, 11))
    wanted = 1 if train.spec.likelihood == "ranking" else _WANTED_GROUPS
    usable, fold = fold_groups(train, job.settings, rng, enough=_ENOUGH_GROUPS, wanted=wanted)
    newest = hold_out_newest(train, job.settings, usable, rng) if job.settings.from_the_first else None
    if newest is not None:
        return [_Fold(*newest)]
    out = [usable[fold == each] for each in range(int(fold.max()) + 1)]
    return [_fold(train, held, job.settings, each) for each, held in enumerate(out)]


def _fold(train: TaskArrays, held: np.ndarray, settings: Settings, each: int) -> _Fold:
    """The tasks `held` (int64[tasks]) apart from all other groups and, if need be, from all later moments."""
    ahead = hold_out_ahead(train, held, settings, each) if settings.ahead else None
    if ahead is not None:
        return _Fold(*ahead)
    return _Fold(train.take(np.flatnonzero(~np.isin(train.group, train.group[held]))), train.take(held))


def _race(bound: Mixed, folds: Sequence[_Fold], job: Job, fit: Fit) -> _Race:
    """Ask every member about the first fold, and about the others those that are of use after it."""
    race, share = _Race(list(bound.bounds), dict(bound.refused), dict.fromkeys(bound.bounds, 0.0)), 0.5 / len(folds)
    _ask(bound, race, folds[:1], job.part("first", 0.0, share), fit)
    enough = len(folds) > 1 and len(np.unique(folds[0].held.group)) >= _FEWEST_TO_JUDGE
    if enough and isinstance(bound.learner, Auto):
        rounds, bags = bound.learner.rounds, bound.learner.bags
        useful = contenders(race.parts[0].evidence, rounds=rounds, bags=bags, seed=job.seed)
        behind = {name: _BEHIND for i, name in enumerate(race.names) if i not in useful}
        race.keep([race.names[i] for i in useful], behind)
    _ask(bound, race, folds[1:], job.part("first", share, 0.5 - share), fit)
    return race


def _ask(bound: Mixed, race: _Race, folds: Sequence[_Fold], job: Job, fit: Fit) -> None:
    """Ask every member that is still in the race about tasks that its fit has not seen, fold by fold."""
    names, learners = list(race.names), {name: bound.bounds[name].learner for name in race.names}
    asked = [
        Asked(f"{at}/{name}-{learners[name].name}", learners[name], fold.rest)
        for at, fold in enumerate(folds, len(race.parts))
        for name in names
    ]
    with closing(job.executor(asked, replace(job, known={}), fit)) as done:
        for _, held, cut in folds:
            fits = _first_fits(bound, race, zip(names, done, strict=False))
            members = [(bound.bounds[name], fits[name]) for name in race.names]
            race.parts.append(rehearse(members, held, job.settings, cut))
            race.tasks += held.n_tasks
            race.fits.append(fits)


def _first_fits(bound: Mixed, race: _Race, done: Iterable[tuple[str, Fitted]]) -> dict[str, Params]:
    """By place, the fits on one fold of those in the race; a candidate of `Auto` may refuse, and is out of it."""
    fits: dict[str, Params] = {}
    failed: dict[str, str] = {}
    for name, each in done:
        if name not in race.names:  # it refused an earlier fold
            continue
        race.seconds[name] += each.seconds
        if each.refused is None:
            fits[name] = each.params
        elif isinstance(bound.learner, Ensemble) or len(failed) + 1 == len(race.names):
            raise each.refused
        else:
            failed[name] = str(each.refused)
    race.keep(list(fits), failed)
    return fits


def _final_fits(bound: Mixed, names: Sequence[str], train: TaskArrays, job: Job, fit: Fit) -> dict[str, Params]:
    """The chosen members, on all tasks."""
    learners = [bound.bounds[name].learner for name in names]
    asked = [Asked(f"{name}-{each.name}", each, train) for name, each in zip(names, learners, strict=True)]
    with closing(job.executor(asked, job.part("last", 0.5, 0.5), fit)) as done:
        return {name: each.checked() for name, each in zip(names, done, strict=True)}


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


def _choice(bound: Mixed, race: _Race, rehearsal: Rehearsal, weights: np.ndarray, job: Job) -> Choice:
    """The table of all candidates, in their order."""
    alone = single_losses(rehearsal.evidence)
    lines = {
        name: Candidate(
            bound.bounds[name].learner.name,
            tuple(alone[:, i].tolist()),
            tuple(weights[:, i].tolist()),
            fit_seconds=race.seconds[name],
            ms_per_task=rehearsal.ms_per_task[i],
        )
        for i, name in enumerate(race.names)
    }
    lines |= {at: Candidate(bound.learner.members[int(at)].name, reason=why) for at, why in race.refused.items()}
    loss = tuple(rehearsal.evidence.mean(shot, each) for shot, each in enumerate(weights))
    return Choice(
        LOSSES[bound.spec.likelihood],
        race.tasks,
        job.settings.shots,
        loss,
        tuple(lines[at] for at in sorted(lines, key=int)),
    )
