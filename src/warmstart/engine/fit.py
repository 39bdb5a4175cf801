"""`fit`: parameters of any learner from encoded training tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.engine.bind import bind
from warmstart.engine.bound import Bound, Traced
from warmstart.engine.choice import Choice
from warmstart.engine.executor import Executor, in_turn
from warmstart.engine.fit_mixed import fit_mixed
from warmstart.engine.groups import hold_out_groups
from warmstart.engine.mixed import Mixed
from warmstart.engine.relabel import Relabel
from warmstart.engine.scored import Scored
from warmstart.engine.settings import Settings
from warmstart.engine.stacked import Stacked
from warmstart.engine.threads import one_blas_thread
from warmstart.engine.train import Progress, train_episodic
from warmstart.learners.contract import Params
from warmstart.learners.distilled import Distilled
from warmstart.learners.effects import Effects
from warmstart.tasks.arrays import TaskArrays

__all__ = ["Job", "class_statistics", "fit", "item_statistics"]

_FINE = 1000  # steps of progress, where one fit is a part of several


@dataclass(frozen=True)
class Job:
    """How to fit: settings, whom to tell, where to keep checkpoints. Meets `learners.contract.Context`."""

    settings: Settings = field(default_factory=Settings)
    tell: Progress | None = None
    checkpoint: Path | None = None
    known: Mapping[Any, Params] = field(default_factory=dict)
    """By learner: what has been fitted on the same tasks with the same settings already."""
    chosen: Callable[[Choice], None] | None = None
    """Called with what `Auto` chose."""
    effects: tuple[Effects, TaskArrays] | None = None
    """Where an effect is asked: what `Effects.fit` has made of the same tasks already."""
    executor: Executor = in_turn
    """How fits that do not need each other are done."""

    @property
    def seed(self) -> int:
        """Of everything random."""
        return self.settings.seed

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Pass on how far a fit has come."""
        if self.tell is not None:
            self.tell(int(done), int(total), note)

    def choose(self, choice: Choice) -> None:
        """Pass on what was chosen."""
        if self.chosen is not None:
            self.chosen(choice)

    def part(self, name: str, done: float, share: float) -> Job:
        """The job of one fit among several: a checkpoint of its own, its progress from `done` on a `share` of all."""

        def tell(at: int, total: int, note: str) -> None:
            self.progress(_FINE * (done + share * at / max(total, 1)), _FINE, f"{name}: {note}")

        checkpoint = None if self.checkpoint is None else self.checkpoint / name
        return replace(self, tell=tell, checkpoint=checkpoint, chosen=None)


def fit(learner: Any, train: TaskArrays, job: Job) -> Params:
    """Fit on all training tasks; an episodic learner keeps a share of their groups for early stopping.

    Errors: `UsageError` for a likelihood that the learner lacks; `DataError` when no task has both support and query.
    """
    if learner in job.known:
        return job.known[learner]
    bound = bind(learner, train.spec)
    return _of_effects(learner, train, job) if isinstance(bound, Scored) else _fitted(bound, learner, train, job)


def _fitted(bound: Bound, learner: Any, train: TaskArrays, job: Job) -> Params:
    if isinstance(learner, Distilled):
        return _taught(learner, train, job)
    if isinstance(bound, Mixed):
        return fit_mixed(bound, train, job, fit)
    if isinstance(bound, Stacked):
        base, held_out = learner.base.fit_held_out(train, job)
        return {"base": base, "learner": _episodic(bound.top, bound.lifted(train, held_out[:, 0]), job)}
    if isinstance(bound, Traced):
        return _episodic(bound, train, job)
    return dict(learner.fit(train, job))


def _of_effects(learner: Any, train: TaskArrays, job: Job) -> Params:
    """What scores a support, and the parameters of a learner of scores."""
    effects, scored = job.effects or Effects.fit(train)
    known = {other: params["learner"] for other, params in job.known.items()}
    return {"effects": effects.params, "learner": fit(learner, scored, replace(job, known=known))}


def _taught(learner: Distilled, train: TaskArrays, job: Job) -> Params:
    """The student's parameters; the teacher is fitted, asked, and given up."""
    teacher, student = bind(learner.teacher, train.spec), Traced(learner.student, train.spec)
    params = fit(learner.teacher, train, job.part("teacher", 0.0, 0.5))
    relabel = Relabel(teacher, params, teacher.prepare(params, train.catalogue), learner.truth)
    return _episodic(student, train, job.part("student", 0.5, 0.5), relabel)


def _episodic(bound: Traced, train: TaskArrays, job: Job, relabel: Relabel | None = None) -> Params:
    settings = job.settings
    usable, held = hold_out_groups(train, settings, np.random.default_rng(settings.seed))
    parts = train.take(usable[~held]), train.take(usable[held])
    statistics = item_statistics(train) | class_statistics(train)
    with one_blas_thread():
        trained = train_episodic(
            bound,
            *parts,
            settings,
            statistics=statistics,
            progress=job.tell,
            checkpoint=job.checkpoint,
            relabel=relabel,
        )
    return bound.learner.finish(trained.params, statistics)


def item_statistics(train: TaskArrays) -> dict[str, np.ndarray]:
    """How many training tasks touched each item: {"item_count": int64[items]}."""
    known = train.item >= 0
    pairs = np.unique(train.task_of_row[known] * max(train.spec.items, 1) + train.item[known])
    return {"item_count": np.bincount(pairs % max(train.spec.items, 1), minlength=train.spec.items)}


def class_statistics(train: TaskArrays) -> dict[str, np.ndarray]:
    """How many training rows are of each of several classes: {"class_count": int64[classes]}; else nothing."""
    spec = train.spec
    return {"class_count": np.bincount(train.y.astype(np.int64), minlength=spec.classes)} if spec.classes > 1 else {}
