"""`ImplicitALS`: the fold-in against its normal equations; two tastes told apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners.implicit_als import ImplicitALS


def test_fold_in_solves_the_normal_equations(support: Any, blank: Any) -> None:
    """(YᵀY + (c - 1) Σ y yᵀ + reg I) f = c Σ y, written out for one task with items 0 and 2."""
    y = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    learner = ImplicitALS(factors=3, regularisation=0.5, confidence=5.0)
    params = {"items": y, "gram": y.T @ y, "tie": np.zeros(4, np.float32)}
    own = y[[0, 2]]
    left = y.T @ y + 4.0 * own.T @ own + 0.5 * np.eye(3)
    expected = np.linalg.solve(left, 5.0 * own.sum(axis=0))
    found = learner.adapt(params, blank(1), support([[0, 2, -1]])).factor
    np.testing.assert_allclose(found[0], expected, rtol=1e-3)


def test_two_tastes_are_told_apart(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Half of the tasks take items 0-2, half 3-5: one item is enough to tell which; none gives popularity."""
    rng = np.random.default_rng(0)
    baskets = [[(1, int(i) + 3 * (t % 2)) for i in rng.permutation(3)[:2]] for t in range(60)] + [[(1, 5)]]
    learner = ImplicitALS(factors=2, regularisation=1.0, confidence=5.0, iterations=30, threads=1)
    params = learner.fit(choices(baskets, 6), context)
    scores = learner.predict(params, learner.adapt(params, blank(3), support([[0], [3], [-1]])), catalogue(6)).mean
    assert set(np.argsort(-scores[0])[:3]) == {0, 1, 2}
    assert set(np.argsort(-scores[1])[:3]) == {3, 4, 5}
    assert np.argsort(-scores[2], kind="stable")[0] == np.argmax(params["tie"])
