"""`LeastSquares` against the textbook, and where there are fewer rows than columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.least_squares import LeastSquares
from warmstart.tasks.episodes import draw, gather


def answered(made: Any, context: Any, k: int, ridge: float = 1e-6) -> tuple[Any, Any]:
    """A batch of supports of k rows, and the answers."""
    learner = LeastSquares(ridge=ridge)
    params = learner.fit(made, context)
    batch = gather(made, draw(made, "random", np.random.default_rng(0), shots=20, queries=4).shown(k), 20)
    return batch, learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)


def test_many_rows_give_the_line_of_the_textbook(table: Any, context: Any) -> None:
    """Mean and variance of NumPy's least squares; the noise is that of the free rows, pulled a little to all rows'."""
    made = table()
    batch, said = answered(made, context, 20)
    filled = batch.support.weight[0] > 0
    x = _columns(batch.support.x.numbers[0], batch.support.x.codes[0])[filled]
    y, q = batch.support.y[0][filled], _columns(batch.query.x.numbers[0], batch.query.x.codes[0])
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(said.mean[0], q @ found, atol=1e-3)
    spread = ((q @ np.linalg.inv(x.T @ x)) * q).sum(axis=1)
    np.testing.assert_allclose(said.variance[0] / said.noise[0], spread, rtol=1e-3)
    residual = ((y - x @ found) ** 2).sum()
    assert said.noise[0, 0] == pytest.approx((residual + made.y.var()) / (filled.sum() - 6 + 1), rel=1e-3)


def _columns(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """A start, two numbers, two of three categories: the third follows from the start."""
    return np.concatenate([np.ones((len(codes), 1)), numbers, codes == 1, codes == 2], axis=1)


def test_without_rows_the_mean_of_all_is_said(table: Any, context: Any) -> None:
    """And doubted more than by all rows' variance, since no coefficient is known."""
    made = table()
    _, said = answered(made, context, 0, ridge=1.0)
    np.testing.assert_allclose(said.mean, made.y.mean(), rtol=1e-4)
    assert (said.variance + said.noise > made.y.var()).all()


def test_a_ridge_of_nothing_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"least_squares\.ridge: expected more than 0; got 0"):
        LeastSquares(ridge=0.0)
