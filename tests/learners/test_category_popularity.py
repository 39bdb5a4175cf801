"""`CategoryPopularity` by hand: bread and butter are food, the broom is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.learners.category_popularity import CategoryPopularity
from warmstart.types import Rows, Widths

BASKETS = [[(1, 0), (1, 2)], [(1, 0), (1, 2)], [(1, 1), (1, 2)]]  # counts 2, 1, 3, and half a pair is added to each
OF_ALL = np.array([2.5, 1.5, 3.5]) / 7.5


@pytest.fixture
def shop(choices: Any) -> Any:
    """Items 0 and 1 of category 1; item 2 of category 2."""
    world = choices(BASKETS, 3)
    codes = np.array([[1], [1], [2]], np.int32)
    spec = replace(world.spec, row=Widths(codes=(3,)))
    return replace(world, spec=spec, catalogue=Rows(np.zeros((3, 0), np.float32), codes))


def test_shares_of_the_category_and_of_all(shop: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """After bread nine tenths go to food, as it sells within food, and a tenth to everything."""
    learner = CategoryPopularity()
    params = learner.fit(shop, context)
    state = learner.adapt(params, blank(1), support([[0]]))
    found = np.exp(learner.predict(params, state, catalogue(3)).mean[0])
    np.testing.assert_allclose(found, 0.9 * np.array([2.5 / 4, 1.5 / 4, 0]) + 0.1 * OF_ALL, rtol=1e-5)


def test_without_support_or_categories_it_is_popularity(
    shop: Any, choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """The order of items is that of their counts."""
    for world, told in ((shop, [[-1]]), (choices(BASKETS, 3), [[0]])):
        learner = CategoryPopularity()
        params = learner.fit(world, context)
        found = learner.predict(params, learner.adapt(params, blank(1), support(told)), catalogue(3)).mean[0]
        np.testing.assert_allclose(found, np.log(0.1 * OF_ALL), rtol=1e-5)
