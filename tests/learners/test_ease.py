"""`EASE`: the closed form against ridge regressions done one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from warmstart.learners.ease import EASE, item_weights


def test_weights_are_ridge_regressions_without_self() -> None:
    """Column j is the ridge regression of item j on all other items."""
    taken = np.random.default_rng(0).random((40, 6)) < 0.4
    found = item_weights(sparse.csr_matrix(taken.astype(np.float32)), 3.0)
    x = taken.astype(float)
    for j in range(6):
        rest = [i for i in range(6) if i != j]
        expected = np.linalg.solve(x[:, rest].T @ x[:, rest] + 3.0 * np.eye(5), x[:, rest].T @ x[:, j])
        np.testing.assert_allclose(found[rest, j], expected, rtol=1e-3, atol=1e-4)
        assert found[j, j] == 0


def test_rare_items_keep_their_popularity(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """With room for two items only those are modelled; without support the order is popularity."""
    baskets = [[(1, 2), (1, 1)], [(1, 2), (1, 1)], [(1, 2)], [(1, 0)]]
    learner = EASE(ridge=1.0, max_items=2)
    params = learner.fit(choices(baskets, 4), context)
    assert params["frequent"].tolist() == [1, 2]
    assert params["weights"].shape == (2, 2)
    scores = learner.predict(params, learner.adapt(params, blank(2), support([[1], [-1]])), catalogue(4)).mean
    assert scores[0].argmax() == 2
    assert np.argsort(-scores[1], kind="stable").tolist() == [2, 1, 0, 3]
