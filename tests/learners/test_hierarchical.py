"""`Hierarchical` on tasks of its own kind: the prior is found, descriptors are weighed, answers are calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.hierarchical import Hierarchical
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Rows, Spec, Widths

LEVEL, SLOPE, NOISE = 1.0, 0.5, 0.3
"""Deviations of the tasks' starts, of their slopes around -2 + descriptor, and of rows."""


def world(table: Any, tasks: int = 400, *, seed: int = 0) -> Any:
    """One number, whose slope differs by task and by the descriptor."""
    made = table(tasks=tasks, rows=24, seed=seed)
    rng = np.random.default_rng(seed)
    x = made.x.numbers[:, :1]
    told = made.descriptor.numbers[:, 0]
    slope = -2 + told + SLOPE * rng.normal(size=tasks)
    y = np.repeat(LEVEL * rng.normal(size=tasks), 24) + np.repeat(slope, 24) * x[:, 0] + NOISE * rng.normal(size=len(x))
    spec = Spec(Widths(numbers=1), Widths(numbers=1), "gaussian")
    return replace(made, spec=spec, x=Rows(x, np.zeros((len(x), 0), np.int32)), y=y.astype(np.float32))


def test_the_prior_is_found(table: Any, context: Any) -> None:
    """Spread of starts and slopes, what the descriptor adds to the slope, and the noise."""
    made = world(table)
    params = Hierarchical().fit(made, context)
    scale = params["columns"]["scale"][0]
    told = params["told"]["scale"][0]
    assert params["noise"] == pytest.approx(NOISE**2, rel=0.05)
    assert params["slopes"][1, 1] * scale * told == pytest.approx(1, abs=0.08)
    spread = np.sqrt(np.diag(params["covariance"]))
    assert spread[1] * scale == pytest.approx(SLOPE, rel=0.1)
    assert spread[0] == pytest.approx(LEVEL, rel=0.1)


def test_a_descriptor_that_says_nothing_is_not_believed(table: Any, context: Any) -> None:
    """The slopes on shuffled descriptors are near 0."""
    made = world(table, tasks=60)
    shuffled = np.random.default_rng(1).normal(size=(60, 1)).astype(np.float32)
    strange = replace(made, descriptor=made.descriptor._replace(numbers=shuffled))
    believed = Hierarchical().fit(made, context)["slopes"][1]
    ignored = Hierarchical().fit(strange, context)["slopes"][1]
    assert np.abs(ignored).max() < 0.25 * np.abs(believed).max()


def test_answers_are_calibrated_and_gain_with_rows(table: Any, context: Any) -> None:
    """Nine of ten rows of new tasks lie in the 90 % interval at every K; the error falls towards the noise."""
    learner = Hierarchical()
    params = learner.fit(world(table), context)
    new = world(table, tasks=200, seed=1)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=10)
    errors = []
    for k in (0, 2, 10):
        batch = gather(new, episodes.shown(k), 10)
        said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
        half = 1.645 * np.sqrt(said.variance + said.noise)
        assert (np.abs(batch.y - said.mean) <= half).mean() == pytest.approx(0.9, abs=0.03)
        errors.append(float(np.sqrt(((batch.y - said.mean) ** 2).mean())))
    assert errors[0] > 1.0 > errors[1] > errors[2]
    assert errors[2] < 1.2 * NOISE


def test_no_round_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"hierarchical\.rounds: expected 1 or more; got 0"):
        Hierarchical(rounds=0)
