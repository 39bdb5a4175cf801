"""Distillation: the student alone is kept, learns from the teacher, and refuses what one of the two cannot predict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.bound import Traced
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.distilled import Distilled
from warmstart.learners.global_boost import Global
from warmstart.learners.on_top_of import OnTopOf
from warmstart.learners.registry import create, describe
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Query, Rows, Spec, Support, Widths

SETTINGS = Settings(steps=300, batch=16, learning_rate=1e-2, shots=(0, 5), queries=10, validate_every=100)
STUDENT = BayesHead(features=4, hidden=(8,))


def test_the_student_alone_is_served(table: Callable[..., TaskArrays]) -> None:
    """Parameters and bound learner are the student's."""
    learner = Distilled(BayesHead(features=8, hidden=(16,)), STUDENT)
    train = table(tasks=20)
    params = fit(learner, train, Job(Settings(steps=4, batch=4, shots=(0, 2), queries=4, validate_every=2)))
    assert bind(learner, train.spec) == Traced(STUDENT, train.spec)
    assert params["mean"].shape == (4, 1)


def test_it_learns_from_the_teacher_alone(table: Callable[..., TaskArrays]) -> None:
    """With no row keeping its target the student still learns the slope of 1.5, which only the teacher has told it."""
    train = table(tasks=60, rows=24)
    learner = Distilled(OnTopOf(Global(max_rounds=200), BayesHead(features=8, hidden=(16,))), STUDENT, truth=0.0)
    params = fit(learner, train, Job(SETTINGS))
    bound = bind(learner, train.spec)
    x = train.x._replace(numbers=np.float32([[-1, 0], [1, 0]]), codes=train.x.codes[:2] * 0 + 2)
    x = x._replace(bags=tuple(bag[:2] * 0 for bag in x.bags))
    told = Rows(train.descriptor.numbers[0], train.descriptor.codes[0])
    rows = train.rows(np.arange(0))
    empty = np.zeros(0, np.float32)
    state = bound.adapt_one(params, None, told, Support(rows, empty.astype(np.int32), empty, empty, empty))
    asked = Query(x, np.full(2, -1, np.int32), np.zeros(2, np.float32))
    low, high = bound.predict_one(params, None, state, asked).mean
    assert 2.2 < high - low < 3.8


def test_described_and_made_again() -> None:
    """Teacher and student come back from the description."""
    learner = Distilled(OnTopOf(Global(), BayesHead(features=8)), STUDENT, truth=0.25)
    assert create("distilled", **describe(learner)["parameters"]) == learner


def test_refusals() -> None:
    """A share out of range; a target that the teacher cannot predict."""
    with pytest.raises(UsageError, match=r"distilled.truth: expected a share between 0 and 1; got 1.5"):
        Distilled(truth=1.5)
    with pytest.raises(UsageError, match="cannot predict a categorical target"):
        bind(Distilled(OnTopOf(Global(), BayesHead()), STUDENT), Spec(Widths(1), Widths(), "categorical", classes=3))
