"""`meta_train`: from a `TaskSet` to a `MetaModel`; the front door of the engine."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from warmstart._version import __version__
from warmstart.engine.choice import Choice
from warmstart.engine.compilation import remember_compiled
from warmstart.engine.executor import Executor, in_turn
from warmstart.engine.fit import Job, fit
from warmstart.engine.model import MetaModel
from warmstart.engine.settings import Settings
from warmstart.engine.train import Progress
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.registry import describe
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

__all__ = ["meta_train"]


def meta_train(
    tasks: TaskSet,
    learner: Any = None,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    executor: Executor = in_turn,
    **changes: Any,
) -> MetaModel:
    """Learn what all tasks share, so that a new one needs few rows.

    Every row of `tasks` is for training (hold tasks out before, with `warmstart.tasks.split`). `learner` is
    `BayesHead()` by default; keyword arguments change single `Settings`, e.g. `steps=500`. With `checkpoint` a run that
    was cut off continues; `executor` says where the several fits of `Auto` and `Ensemble` are done.
    Errors: `DataError` for data that cannot be encoded or holds too few tasks; `UsageError` for a learner that cannot
    predict it, or a checkpoint of another run.

    Example: `meta_train(TaskSet.from_table(orders, schema), BayesHead(), steps=500)`.
    """
    remember_compiled()
    learner = BayesHead() if learner is None else learner
    settings = replace(settings or Settings(), **changes)
    codec = TaskCodec.fit(tasks)
    arrays = codec.encode(tasks)
    chosen: list[Choice] = []
    job = Job(settings, progress, checkpoint, chosen=chosen.append, executor=executor)
    params = fit(learner, arrays, job)
    info = {
        "warmstart": __version__,
        "data": tasks.name,
        "predicts": tasks.schema.question,
        "tasks": len(tasks),
        "rows": tasks.frame.height,
        "settings": asdict(settings),
        "learner": describe(learner),
        **{key: value for choice in chosen for key, value in _told(choice).items()},
    }
    return MetaModel(codec, learner, params, arrays.catalogue, info)


def _told(choice: Choice) -> dict[str, Any]:
    return {"choice": choice.to_json(), "timings": choice.timings()}
