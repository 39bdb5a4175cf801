"""`fit`: parameters of any learner from encoded training tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.engine.bind import bind
from warmstart.engine.bound import Traced
from warmstart.engine.settings import Settings
from warmstart.engine.stacked import Stacked
from warmstart.engine.threads import one_blas_thread
from warmstart.engine.train import Progress, train_episodic
from warmstart.errors import DataError
from warmstart.learners.contract import Params
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import draw

__all__ = ["Job", "fit", "item_statistics"]

_FEWEST_GROUPS = 2  # one to learn from, one to validate on


@dataclass(frozen=True)
class Job:
    """How to fit: settings, whom to tell, where to keep checkpoints. Meets `learners.contract.Context`."""

    settings: Settings = field(default_factory=Settings)
    tell: Progress | None = None
    checkpoint: Path | None = None

    @property
    def seed(self) -> int:
        """Of everything random."""
        return self.settings.seed

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Pass on how far a fit has come."""
        if self.tell is not None:
            self.tell(int(done), int(total), note)


def fit(learner: Any, train: TaskArrays, job: Job) -> Params:
    """Fit on all training tasks; an episodic learner keeps a share of their groups for early stopping.

    Errors: `UsageError` for a likelihood that the learner lacks; `DataError` when no task has both support and query.
    """
    bound = bind(learner, train.spec)
    if isinstance(bound, Stacked):
        base, held_out = learner.base.fit_held_out(train, job)
        return {"base": base, "learner": _episodic(bound.top, bound.lifted(train, held_out[:, 0]), job)}
    if isinstance(bound, Traced):
        return _episodic(bound, train, job)
    return dict(learner.fit(train, job))


def _episodic(bound: Traced, train: TaskArrays, job: Job) -> Params:
    settings = job.settings
    rng = np.random.default_rng(settings.seed)
    usable = np.unique(draw(train, settings.order, rng, shots=1, queries=1).task)
    groups = np.unique(train.group[usable])
    if len(groups) < _FEWEST_GROUPS:
        raise DataError(
            "too few tasks to learn from", expected="2 or more groups with support and query rows", got=len(groups)
        )
    n_valid = min(max(round(settings.validation * len(groups)), 1), len(groups) - 1)
    held = np.isin(train.group[usable], rng.permutation(groups)[:n_valid])
    parts = train.take(usable[~held]), train.take(usable[held])
    statistics = item_statistics(train)
    with one_blas_thread():
        trained = train_episodic(
            bound, *parts, settings, statistics=statistics, progress=job.tell, checkpoint=job.checkpoint
        )
    return bound.learner.finish(trained.params, statistics)


def item_statistics(train: TaskArrays) -> dict[str, np.ndarray]:
    """How many training tasks touched each item: {"item_count": int64[items]}."""
    known = train.item >= 0
    pairs = np.unique(train.task_of_row[known] * max(train.spec.items, 1) + train.item[known])
    return {"item_count": np.bincount(pairs % max(train.spec.items, 1), minlength=train.spec.items)}
