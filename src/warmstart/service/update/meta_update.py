"""`meta_update`: a new version from the training table and the log, which answers only if the gate lets it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from warmstart.engine.executor import Executor, in_turn
from warmstart.engine.meta_train import meta_train
from warmstart.engine.storage import load
from warmstart.engine.train import Progress
from warmstart.errors import NotReady
from warmstart.scenarios.problem import Problem
from warmstart.scenarios.scenario import Scenario
from warmstart.service.service import Service
from warmstart.service.update.gate import Gate, gate
from warmstart.service.update.logged_items import with_logged_items
from warmstart.service.update.logged_rows import logged_rows
from warmstart.store.log import digest_of
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

__all__ = ["Update", "meta_update"]

_HELD = 0.25  # share of the log's new tasks that no version ever learns from
_BYTE = 256


@dataclass(frozen=True)
class Update:
    """What came of it."""

    version: str
    tasks: int
    """That it learned from, and how many of them only the log knows."""
    logged: int
    gate: Gate


def meta_update(
    service: Service,
    tenant: str,
    scenario: Scenario,
    problem: Problem,
    work: Path,
    progress: Progress | None = None,
    *,
    share: float = 1.0,
    executor: Executor = in_turn,
) -> Update:
    """Train as the serving version was, on the table and the log; publish it, and promote it if the gate lets it.

    Of the task groups that only the log knows a quarter, chosen by the hash of their names, is never learned from: by
    these the candidate is judged against the version that answers; `share` is of the tasks that it may answer then.
    Whoever asked to be forgotten is in neither. Items that only the log knows are in the catalogue from then on.
    Errors: `NotFound`, `NotReady` where nothing serves or the log has no rows, `DataError`.
    """
    live = service.live(tenant, scenario.name)
    serving = live.model
    rows = logged_rows(service.log, tenant, scenario.name, problem.table.schema)
    if not rows.height:
        raise NotReady(f"{scenario.name}: the log has no rows to learn from")
    table = with_logged_items(problem.table, service.log, tenant, scenario.name)
    tasks, new, held = _parted(table, rows, service.log.forgotten(tenant))
    learned = tasks.take(np.flatnonzero(~held))
    model = meta_train(learned, serving.learner, settings=problem.settings, progress=progress, executor=executor)
    info = {**model.info, "scenario": scenario.name, "serving": serving.version}
    saved = replace(model, info=info).save(work)
    judged = tasks.take(np.flatnonzero(held))
    metric = scenario.contest(problem.likelihood).metrics[0]
    sampling = replace(problem.sampling, order=problem.settings.order)
    found = gate(serving, load(work), judged, sampling, metric)
    report: dict[str, Any] = {"gate": found.to_dict(), "tasks": len(learned), "source": "meta-update"}
    service.registry.publish(tenant, scenario.name, saved.version, work, service.clock(), report)
    if found.passed:
        service.promote(tenant, scenario.name, saved.version, f"meta-update: {found.why}", share=share)
    return Update(saved.version, len(learned), int((new & ~held).sum()), found)


def _parted(table: Table, logged: pl.DataFrame, forgotten: set[bytes]) -> tuple[TaskSet, np.ndarray, np.ndarray]:
    """Tasks of table and log together; bool[tasks]: those whose groups the log alone knows, and the held out ones."""
    keys = list(table.schema.task)
    text = [pl.col(key).cast(pl.String) for key in keys]
    base, more = table.frame.with_columns(text), logged.with_columns(text)
    types = {name: kind for name, kind in base.schema.items() if name in more.columns}
    more = more.with_columns(pl.col(name).cast(kind) for name, kind in types.items())
    tasks = TaskSet.of(replace(table, frame=pl.concat([base, more], how="diagonal")))
    tasks = tasks.take(np.flatnonzero([digest_of(name) not in forgotten for name in tasks.ids]))
    known, groups = set(_groups(TaskSet.of(replace(table, frame=base)))), _groups(tasks)
    new = np.array([name not in known for name in groups], bool)
    return tasks, new, new & _chosen(groups)


def _groups(tasks: TaskSet) -> list[str]:
    """The name of each task's group: tasks of one name stay on one side of every split."""
    keys = tasks.schema.group or tasks.schema.task
    return tasks.firsts.select(pl.struct(keys).struct.json_encode()).to_series().to_list()


def _chosen(names: Sequence[str]) -> np.ndarray:
    """bool[tasks]: the same names for ever."""
    return np.array([hashlib.sha256(name.encode()).digest()[0] < _HELD * _BYTE for name in names], bool)
