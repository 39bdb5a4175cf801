"""`Logistic`: scikit-learn's weights, a ridge by held-out groups, and categories that it never saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from warmstart.errors import UsageError
from warmstart.learners._logistic import RIDGES, best_ridge, fit_logistic, linear_link
from warmstart.learners.logistic import Logistic
from warmstart.tasks.episodes import draw, gather


def world(rows: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Four columns, of which the first tells the class."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4))
    return x, (rng.random(rows) < 1 / (1 + np.exp(1 - (2 - noise) * x[:, 0]))).astype(float)


@pytest.mark.parametrize("ridge", [0.5, 20.0])
def test_weights_are_those_of_scikit_learn(ridge: float) -> None:
    """The same minimum, with weights of rows; the intercept is free."""
    x, y = world(400)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    reference = LogisticRegression(C=1 / ridge, tol=1e-8, max_iter=1000).fit(x, y, sample_weight=weight)
    expected = [*reference.intercept_, *reference.coef_[0]]
    np.testing.assert_allclose(fit_logistic(x, y, weight, ridge), expected, atol=1e-3)


def test_separable_rows_have_finite_weights() -> None:
    """Where one column decides, the ridge holds the weights."""
    x = np.linspace(-3, 3, 50)[:, None]
    found = fit_logistic(100 * x, (x[:, 0] > 0).astype(float), np.ones(50), 0.3)
    assert np.isfinite(found).all()
    assert ((linear_link(found, 100 * x) > 0) == (x[:, 0] > 0)).all()


def test_noise_gets_a_strong_ridge() -> None:
    """Columns that say nothing are best pressed to 0; a column that says much is not."""
    fold = np.arange(300) % 3
    x, y = world(300)
    idle = np.random.default_rng(5).normal(size=(300, 40))
    assert best_ridge(lambda learnt: idle, y, np.ones(300), fold) == RIDGES[0]
    assert best_ridge(lambda learnt: x, y, np.ones(300), fold) < RIDGES[1]


def test_it_learns_what_tasks_share_and_ignores_the_support(table: Any, context: Any) -> None:
    """The slope is found, in new tasks too; labels of the support change nothing; strange categories are unknown."""
    train, new = table("bernoulli", tasks=120), table("bernoulli", tasks=80, seed=4)
    learner = Logistic()
    params = learner.fit(train, context)
    batch = gather(new, draw(new, "random", np.random.default_rng(0), shots=5, queries=12), 5)
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    assert ((said > 0) == (batch.y > 0)).mean() > 0.7
    flipped = batch.support._replace(y=1 - batch.support.y)
    again = learner.predict(params, learner.adapt(params, batch.descriptor, flipped), batch.query).mean
    np.testing.assert_array_equal(said, again)
    strange, unknown = (
        batch.query._replace(x=batch.query.x._replace(codes=batch.query.x.codes * 0 + code)) for code in (3000, 0)
    )
    state = learner.adapt(params, batch.descriptor, batch.support)
    a, b = (learner.predict(params, state, query).mean for query in (strange, unknown))
    np.testing.assert_array_equal(a, b)


def test_ranges_are_checked() -> None:
    """One fold leaves nothing to hold out."""
    with pytest.raises(UsageError, match=r"logistic\.folds: expected 2 or more; got 1"):
        Logistic(folds=1)
