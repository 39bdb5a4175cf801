"""`fit`: parameters of any learner, and what it needs of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from warmstart.engine.fit import Job, class_statistics, fit, item_statistics
from warmstart.engine.settings import Settings
from warmstart.errors import DataError, UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.popularity import Popularity
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

Tables = Callable[[str], Table]


def encoded(table: Table) -> TaskArrays:
    """All its tasks."""
    tasks = TaskSet.of(table)
    return TaskCodec.fit(tasks).encode(tasks)


def test_direct_learner(table: Tables) -> None:
    """It fits in its own way."""
    arrays = encoded(table("number"))
    assert set(fit(TaskMean(), arrays, Job())) == {"mean", "strength", "noise", "family"}


def test_illegal_likelihood(table: Tables) -> None:
    """Refused before anything is fitted."""
    with pytest.raises(UsageError, match="popularity cannot predict a gaussian target; it can: ranking"):
        fit(Popularity(), encoded(table("number")), Job())


def test_one_group_is_too_few(table: Tables) -> None:
    """Early stopping needs an independent group; tasks of one group are none."""
    arrays = encoded(table("number"))
    one = replace(arrays, group=np.zeros_like(arrays.group))
    with pytest.raises(DataError, match=r"too few tasks to learn from; expected 2 or more groups.*got 1"):
        fit(BayesHead(features=3, hidden=()), one, Job())


def test_tasks_of_one_moment_have_no_query(table: Tables) -> None:
    """Where the query comes after the first session, tasks of a single session cannot be learned from."""
    arrays = encoded(table("number"))
    same = replace(arrays, time=np.zeros_like(arrays.time))
    with pytest.raises(DataError, match="too few tasks to learn from"):
        fit(BayesHead(features=3, hidden=()), same, Job(Settings(order="session")))


def test_job_is_a_context() -> None:
    """It passes progress on as whole numbers, and its seed is that of the settings."""
    told: list[object] = []
    job = Job(Settings(seed=7), lambda *said: told.append(said))
    job.progress(1.9, 5.0, "fold 2")
    assert told == [(1, 5, "fold 2")]
    assert job.seed == 7
    Job().progress(1, 2)


def test_item_statistics(table: Tables) -> None:
    """Tasks by item, an item of one task counting once; unknown items and items of nobody count nothing."""
    arrays = encoded(table("choice")).take(np.array([0, 1]))
    item = np.array([0, 0, 1, -1, 0, 2, 2, -1], np.int32)
    assert item_statistics(replace(arrays, item=item))["item_count"].tolist() == [2, 1, 1, 0, 0, 0]


def test_class_statistics(table: Tables) -> None:
    """Rows of each class, those that nobody has too; nothing where there are no classes."""
    arrays = encoded(table("number")).take(np.array([0, 1]))
    assert class_statistics(arrays) == {}
    ordered = replace(arrays, y=np.repeat([0.0, 2.0], len(arrays.y) // 2), spec=replace(arrays.spec, classes=4))
    assert class_statistics(ordered)["class_count"].tolist() == [len(arrays.y) // 2, 0] * 2
