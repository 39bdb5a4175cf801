"""`Bias`: a user by hand, item effects and variances where the truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.learners.bias import Bias


def _params(**changed: Any) -> dict[str, Any]:
    known = {"item": np.array([1.0, 0.0]), "item_variance": np.array([0.0, 1.0])}
    return {"mean": np.array(3.0), "user_variance": np.array(1.0), "noise": np.array(1.0)} | known | changed


def test_user_by_hand(support: Any, catalogue: Any, blank: Any) -> None:
    """Item 0 (effect 1, sure) rated 6: left over 2, prior variance 1, noise 1 → 2 / 2; no rating → 0."""
    learner = Bias()
    state = learner.adapt(_params(), blank(2), support([[0], [-1]], y=6.0))
    np.testing.assert_allclose(state.bias, [1, 0])
    np.testing.assert_allclose(state.variance, [0.5, 1])
    said = learner.predict(_params(), state, catalogue(2))
    np.testing.assert_allclose(said.mean, [[5, 4], [4, 3]])
    np.testing.assert_allclose(said.variance, [[0.5, 1.5], [1, 2]])


def test_unsure_items_say_less(support: Any, blank: Any) -> None:
    """Item 1 is unsure by 1, so that its rating counts half: 3 / (1 + 1) / (1/2 + 1)."""
    state = Bias().adapt(_params(), blank(1), support([[1]], y=6.0))
    np.testing.assert_allclose(state.bias, [(3 / 2) / (1 / 2 + 1)])


def test_effects_and_variances_are_found(choices: Any, context: Any) -> None:
    """Users of variance 1, items of variance 1/4, noise 1/2: all recovered; an item nobody rated stays at 0."""
    rng = np.random.default_rng(0)
    users, items, each = 300, 60, 20
    rated = np.stack([rng.permutation(items)[:each] for _ in range(users)])
    world = choices([[(1, int(i)) for i in row] for row in rated], items + 1)
    effect, level = rng.normal(size=items) / 2, rng.normal(size=users)
    y = 3 + effect[rated] + level[:, None] + rng.normal(size=rated.shape) * 0.5**0.5
    world = replace(world, spec=replace(world.spec, likelihood="gaussian"), y=y.ravel().astype(np.float32))
    params = Bias(rounds=30).fit(world, context)
    assert np.corrcoef(params["item"][:items], effect)[0, 1] > 0.95
    assert params["item"][items] == 0
    assert params["user_variance"] == pytest.approx(level.var(), rel=0.15)
    assert params["noise"] == pytest.approx(0.5, rel=0.1)
