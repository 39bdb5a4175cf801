"""What differs between the arms, by models of each; and what is mistaken for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.global_boost import Global
from warmstart.learners.local_t_learner import LocalTLearner
from warmstart.learners.response_model import ResponseModel
from warmstart.learners.t_learner import TLearner
from warmstart.learners.task_mean import TaskMean
from warmstart.learners.x_learner import XLearner
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, draw, gather
from warmstart.types import Treated

Table = Callable[..., TaskArrays]
SMALL = Global(max_rounds=60, min_rows=10, threads=1)
EVERY = [TLearner(SMALL), XLearner(SMALL), ResponseModel(SMALL), LocalTLearner()]


def world(table: Table, seed: int = 0, tasks: int = 20) -> tuple[TaskArrays, np.ndarray]:
    """Half of the rows are treated by lot; the effect is x0, the outcome without it 3 x1."""
    arrays, rng = table(tasks=tasks, rows=90, seed=seed), np.random.default_rng(seed)
    x = arrays.x.numbers
    treatment = rng.integers(0, 2, len(x)).astype(np.float32)
    outcome = (3 * x[:, 1] + x[:, 0] * treatment + 0.1 * rng.normal(size=len(x))).astype(np.float32)
    told = Treated(treatment, np.full(len(x), 0.5, np.float32), outcome, arrays.weight)
    return replace(arrays, y=np.zeros_like(outcome), treated=told), x[:, 0]


def asked(table: Table, k: int) -> tuple[Batch, np.ndarray]:
    """New tasks with k support rows, and the true effects of their query rows."""
    new, effect = world(table, seed=9, tasks=8)
    episodes = draw(new, "random", np.random.default_rng(0), shots=30, queries=40, least=30)
    return gather(new, episodes, k), effect[episodes.query.padded(40)]


def told(learner: Any, table: Table, context: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true effects."""
    train, _ = world(table)
    params = learner.fit(train, context)
    batch, effect = asked(table, k)
    latent = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    assert np.shape(latent.mean) == effect.shape
    return np.ravel(latent.mean), effect.ravel()


@pytest.mark.parametrize("learner", [TLearner(SMALL), XLearner(SMALL)], ids=lambda learner: learner.name)
def test_the_effect_is_found(learner: Any, table: Table, context: Any) -> None:
    """In rows of tasks that nobody has seen, without support."""
    found, effect = told(learner, table, context, 0)
    assert np.corrcoef(found, effect)[0, 1] > 0.9
    assert np.abs(found - effect).mean() < 0.4


def test_the_response_is_no_effect(table: Table, context: Any) -> None:
    """It orders by what the treated did, most of which they would have done anyway."""
    found, effect = told(ResponseModel(SMALL), table, context, 0)
    assert np.corrcoef(found, effect)[0, 1] < 0.6


def test_the_support_alone_tells_something(table: Table, context: Any) -> None:
    """Thirty rows of the task itself order its effects; without any row all are alike."""
    none, _ = told(LocalTLearner(), table, context, 0)
    found, effect = told(LocalTLearner(), table, context, 30)
    assert np.ptp(none) == pytest.approx(0, abs=1e-6)
    assert np.corrcoef(found, effect)[0, 1] > 0.5


def test_each_arm_learns_from_its_own_rows(table: Table, context: Any) -> None:
    """Means of the arms: treated rows of the support above the others by ten are an effect near ten, however few."""
    train, _ = world(table)
    learner = TLearner(TaskMean())
    params = learner.fit(train, context)
    batch, _ = asked(table, 30)
    assert batch.support.treated is not None
    apart = batch.support.treated._replace(outcome=10 * batch.support.treated.treatment)
    state = learner.adapt(params, batch.descriptor, batch.support._replace(treated=apart))
    assert (state.treated.link > state.control.link).all()
    mean = learner.predict(params, state, batch.query).mean
    same = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    assert (mean > same).all()


@pytest.mark.parametrize("learner", EVERY, ids=lambda learner: learner.name)
def test_a_treatment_must_be_declared(learner: Any, table: Table, context: Any) -> None:
    """Without one there are no arms."""
    train, _ = world(table, tasks=4)
    with pytest.raises(UsageError, match="column with the role 'treatment'"):
        learner.fit(replace(train, treated=None), context)
