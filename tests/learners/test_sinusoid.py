"""Sinusoids of random amplitude and phase: MAML reaches the published errors (Finn et al. 2017, section 5.1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from warmstart.engine.bound import Traced
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.learners.maml import MAML
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, draw, gather
from warmstart.types import Rows, Spec, Widths

SPEC = Spec(Widths(1), Widths(), "gaussian")
SHOTS, QUERIES = 5, 10


def sinusoids(tasks: int, rows: int, seed: int) -> TaskArrays:
    """y = a sin(x + p), a in [0.1, 5], p in [0, π], x in [-5, 5]."""
    rng = np.random.default_rng(seed)
    amplitude, phase = (np.repeat(rng.uniform(a, b, tasks), rows) for a, b in ((0.1, 5.0), (0.0, np.pi)))
    x = rng.uniform(-5, 5, tasks * rows)
    n = len(x)

    def nothing(count: int) -> Rows:
        return Rows(np.zeros((count, 0), np.float32), np.zeros((count, 0), np.int32))

    return TaskArrays(
        spec=SPEC,
        offsets=np.arange(0, n + 1, rows),
        descriptor=nothing(tasks),
        group=np.arange(tasks, dtype=np.int32),
        x=nothing(n)._replace(numbers=x[:, None].astype(np.float32)),
        item=np.full(n, -1, np.int32),
        y=(amplitude * np.sin(x + phase)).astype(np.float32),
        weight=np.ones(n, np.float32),
        time=np.zeros(n, np.int64),
        offset=np.zeros(n, np.float32),
        catalogue=nothing(0),
    )


def error(learner: MAML, params: object, episodes: Batch) -> float:
    """Mean squared error of the query."""
    bound = Traced(learner, SPEC)
    state = bound.adapt(params, None, episodes.descriptor, episodes.support)
    return float(np.mean((bound.predict(params, None, state, episodes.query).mean - episodes.y) ** 2))


@pytest.mark.slow
def test_published_errors() -> None:
    """Five points: about 0.5 after one step, less after ten; without a step it knows nothing."""
    settings = Settings(
        steps=40_000,
        batch=25,
        learning_rate=2e-3,
        weight_decay=0.0,
        shots=(SHOTS,),
        queries=QUERIES,
        validate_every=2000,
        patience=20,
    )
    learner = MAML(hidden=(40, 40), inner_steps=1, inner_rate=0.01)
    params = fit(learner, sinusoids(20_000, 20, seed=0), Job(settings))
    new = sinusoids(600, 40, seed=1)
    episodes = gather(new, draw(new, "random", np.random.default_rng(2), shots=SHOTS, queries=30), SHOTS)
    errors = {steps: error(replace(learner, inner_steps=steps), params, episodes) for steps in (0, 1, 10)}
    print(errors)
    assert errors[0] > 2.5
    assert errors[1] < 0.8
    assert errors[10] < 0.5
