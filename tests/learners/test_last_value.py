"""`LastValue` where values stay, where they are drawn anew, and where no row is the last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.last_value import LastValue
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Latent


def world(table: Any, *, walks: bool, timed: bool = True) -> Any:
    """Values that are the sum of all steps so far, or the last step alone."""
    made = table(tasks=80, rows=20)
    steps = np.random.default_rng(1).normal(size=(80, 20))
    y = steps.cumsum(axis=1) if walks else steps
    time = np.tile(np.arange(1, 21), 80) if timed else np.zeros(1600, np.int64)
    return replace(made, y=y.ravel().astype(np.float32), time=time)


def answered(made: Any, params: Any, k: int) -> tuple[Any, Latent]:
    """Supports of k rows before a random cut, each asked about the next one."""
    batch = gather(made, draw(made, "time", np.random.default_rng(0), shots=5, queries=1, least=5).shown(k), 5)
    learner = LastValue()
    return batch, learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)


def test_a_walk_stays_where_it_was(table: Any, context: Any) -> None:
    """Nearly all of the last value is kept, and nothing of the rows before it."""
    made = world(table, walks=True)
    params = LastValue().fit(made, context)
    assert params["share"] == pytest.approx(1, abs=0.1)
    batch, said = answered(made, params, 3)
    last = batch.support.y[:, 2]
    np.testing.assert_allclose(said.mean[:, 0], params["mean"] + params["share"] * (last - params["mean"]), rtol=1e-5)
    assert float(np.mean((said.mean - batch.y) ** 2)) < 1.6  # a step has variance 1


def test_noise_is_answered_by_the_mean(table: Any, context: Any) -> None:
    """What is drawn anew each time does not depend on the last value, whose share is near 0."""
    assert LastValue().fit(world(table, walks=False), context)["share"] < 0.1


def test_without_support_the_mean_of_all_is_doubted_more(table: Any, context: Any) -> None:
    """At K = 0 the variance is that of all values; with a row it is what the last value misses."""
    made = world(table, walks=True)
    params = LastValue().fit(made, context)
    none, some = answered(made, params, 0)[1], answered(made, params, 1)[1]
    np.testing.assert_allclose(none.mean, params["mean"], rtol=1e-5)
    np.testing.assert_allclose(none.variance + none.noise, made.y.var(), rtol=1e-3)
    np.testing.assert_allclose(some.variance + some.noise, params["noise"][1], rtol=1e-6)


def test_without_time_the_mean_of_the_support_stands(table: Any, context: Any) -> None:
    """No row is the last: the order of the support does not matter."""
    made = world(table, walks=True, timed=False)
    params, learner = LastValue().fit(made, context), LastValue()
    batch, said = answered(replace(made, time=np.tile(np.arange(20), 80)), params, 4)
    turned = batch.support._replace(y=batch.support.y[:, ::-1], weight=batch.support.weight[:, ::-1])
    other = learner.predict(params, learner.adapt(params, batch.descriptor, turned), batch.query)
    np.testing.assert_allclose(said.mean, other.mean, rtol=1e-5)


def test_no_trials_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"last_value\.trials: expected 1 or more; got 0"):
        LastValue(trials=0)
