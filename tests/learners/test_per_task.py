"""`PerTask`: leave-one-out in closed form against leaving out, Newton against its own mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.learners._local_fit import newton_fit, ridge_by_left_out
from warmstart.learners.per_task import PerTask
from warmstart.tasks.episodes import draw, gather

RIDGES = (1e9, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)


def _ridge(x: np.ndarray, y: np.ndarray, ridge: float, prior_rows: float) -> np.ndarray:
    wide = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    penalty = np.diag([prior_rows, *[ridge] * x.shape[1]])
    return np.linalg.solve(wide.T @ wide + penalty, wide.T @ y)


def test_the_ridge_of_least_left_out_error_is_taken() -> None:
    """Refitting without each row by hand picks the same ridge, and the weights are those of that ridge."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 9, 3))
    y = x[..., 0] * np.arange(5)[:, None] + rng.normal(size=(5, 9))
    found, _ = ridge_by_left_out(x, y, np.ones((5, 9)), 0.0, 1.0, 1.0)
    for t in range(5):
        keep = [np.arange(9) != i for i in range(9)]

        def left_out(ridge: float, t: int = t, keep: Any = keep) -> float:
            fits = [_ridge(x[t][k], y[t][k], ridge, 1.0) for k in keep]
            return sum((y[t, i] - fit[0] - x[t, i] @ fit[1:]) ** 2 for i, fit in enumerate(fits))

        np.testing.assert_allclose(found[t], _ridge(x[t], y[t], min(RIDGES, key=left_out), 1.0), atol=1e-5)


def test_no_support_gives_the_mean_of_all() -> None:
    """Without rows: intercept = mean, no slopes, the variance of all as noise."""
    weights, noise = ridge_by_left_out(np.zeros((2, 0, 3)), np.zeros((2, 0)), np.zeros((2, 0)), 1.5, 4.0, 1.0)
    np.testing.assert_allclose(weights, [[1.5, 0, 0, 0]] * 2)
    np.testing.assert_allclose(noise, [4, 4])


def test_newton_reaches_the_mode() -> None:
    """The penalised logistic likelihood has no slope left at the answer."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1, 12, 2)), (rng.random((1, 12)) < 0.5).astype(float)
    w = newton_fit("bernoulli", x, y, np.ones((1, 12)), (0.2, 1.0, 3.0, 0.0))[0]
    wide = np.concatenate([np.ones((12, 1)), x[0]], axis=1)
    slope = wide.T @ (y[0] - 1 / (1 + np.exp(-wide @ w))) - (w - [0.2, 0, 0]) * [1.0, 3.0, 3.0]
    np.testing.assert_allclose(slope, 0, atol=2e-2)


def test_classes_are_smoothed_frequencies(table: Any, context: Any) -> None:
    """Three rows of one class: (3 + share) / 4."""
    train = table("categorical", tasks=20, rows=10)
    learner = PerTask()
    params = learner.fit(train, context)
    batch = gather(train, draw(train, "random", np.random.default_rng(0), shots=3, queries=2), 3)
    support = batch.support._replace(y=np.full_like(batch.support.y, 2.0))
    said = learner.predict(params, learner.adapt(params, batch.descriptor, support), batch.query).mean
    assert np.exp(said[0, 0, 2]) == pytest.approx((3 + params["mean"][2]) / 4, rel=1e-5)


def test_forty_rows_recover_level_and_slope(table: Any, context: Any) -> None:
    """With many own rows the error falls to near the noise (0.09), from a variance above 3."""
    train, new = table(tasks=30), table(tasks=20, rows=80, seed=5)
    learner = PerTask()
    params = learner.fit(train, context)
    batch = gather(new, draw(new, "random", np.random.default_rng(0), shots=40, queries=20), 40)
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    error = ((said.mean - batch.y) ** 2).mean()
    assert error < 0.15
    assert 0.5 < said.noise.mean() / error < 2
