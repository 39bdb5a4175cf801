"""`ItemKNN`: similarities by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import NotFound
from warmstart.learners._interactions import interactions
from warmstart.learners.item_knn import ItemKNN, neighbourhood

BASKETS = [[(1, 0), (1, 1)], [(1, 0), (1, 1)], [(1, 0), (1, 2)], [(1, 2)]]  # n = 3, 2, 2; co(0, 1) = 2, co(0, 2) = 1


def test_conditional_probability_by_hand(choices: Any) -> None:
    """P(j | i) = co(i, j) / (n(i) + shrinkage), the diagonal left out."""
    near = neighbourhood(interactions(choices(BASKETS, 3)), "conditional", 1.0, 5).toarray()
    np.testing.assert_allclose(near, [[0, 2 / 4, 1 / 4], [2 / 3, 0, 0], [1 / 3, 0, 0]], rtol=1e-6)


def test_cosine_by_hand(choices: Any) -> None:
    """co(i, j) / sqrt(n(i) n(j)), and only the best neighbour kept."""
    near = neighbourhood(interactions(choices(BASKETS, 3)), "cosine", 0.0, 1).toarray()
    np.testing.assert_allclose(near, [[0, 2 / 6**0.5, 0], [2 / 6**0.5, 0, 0], [1 / 6**0.5, 0, 0]], rtol=1e-6)


def test_popularity_orders_what_nobody_combined(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Support {1} → 0 first, then by popularity; no support → popularity alone; a query may name items."""
    learner = ItemKNN(shrinkage=0.0)
    params = learner.fit(choices(BASKETS, 4), context)
    state = learner.adapt(params, blank(2), support([[1], [-1]]))
    scores = learner.predict(params, state, catalogue(4)).mean
    assert np.argsort(-scores, axis=1, kind="stable").tolist() == [[0, 1, 2, 3], [0, 1, 2, 3]]
    assert scores[0, 0] == pytest.approx(1.0, abs=1e-5)
    some = learner.predict(params, state, catalogue(4)._replace(item=np.array([[0, 3], [2, 0]]))).mean
    np.testing.assert_array_equal(some, [[scores[0, 0], scores[0, 3]], [scores[1, 2], scores[1, 0]]])


def test_history_keeps_the_latest_rows(choices: Any) -> None:
    """Of three rows the last two count."""
    assert interactions(choices([[(1, 0), (2, 1), (3, 2)]], 3), history=2).toarray().tolist() == [[0, 1, 1]]


def test_unknown_similarity_is_refused() -> None:
    """The nearest name is offered."""
    with pytest.raises(NotFound, match="did you mean cosine"):
        ItemKNN(similarity="cosin")  # type: ignore[arg-type]
