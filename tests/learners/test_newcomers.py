"""`Newcomers`: demand from attributes alone, and taste from the support, where both are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.learners.newcomers import Newcomers
from warmstart.types import Rows, Widths

ITEMS, NEW = 60, 12
"""The last twelve items are taken by nobody; the category of item i is 1 + i mod 3, and its price i // 3 mod 4."""


@pytest.fixture
def shop(choices: Any) -> Any:
    """Four hundred tasks take two items of one category each; the cheaper, the more often."""
    rng = np.random.default_rng(0)
    category, price = np.arange(ITEMS) % 3, np.arange(ITEMS) // 3 % 4
    chance = np.where(np.arange(ITEMS) < ITEMS - NEW, 4.0**-price, 0.0)
    baskets = []
    for t in range(400):
        own = chance * (category == t % 3)
        baskets.append([(1, int(i)) for i in rng.choice(ITEMS, 2, replace=False, p=own / own.sum())])
    world = choices(baskets, ITEMS)
    catalogue = Rows(price[:, None].astype(np.float32), (1 + category[:, None]).astype(np.int32))
    return replace(world, spec=replace(world.spec, row=Widths(1, codes=(4,))), catalogue=catalogue)


def scores(world: Any, context: Any, support: Any, catalogue: Any, blank: Any, told: list[int]) -> np.ndarray:
    """Of the new items alone."""
    learner = Newcomers(min_rows=3, threads=1)
    params = learner.fit(world, context)
    state = learner.adapt(params, blank(1), support([told]))
    return np.asarray(learner.predict(params, state, catalogue(ITEMS)).mean[0][-NEW:])


def test_cheap_new_items_are_foreseen(shop: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Without a support the price decides, though nobody has taken any of them."""
    found = scores(shop, context, support, catalogue, blank, [-1])
    price = np.arange(ITEMS)[-NEW:] // 3 % 4
    means = [found[price == p].mean() for p in range(4)]
    assert means[0] > means[1] > max(means[2:])


def test_a_support_brings_its_category_forward(
    shop: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Two items of category 2 lift that category by log((2 + 3 / 3) / (5 / 3)), and lower the others."""
    category = np.arange(ITEMS)[-NEW:] % 3
    before = scores(shop, context, support, catalogue, blank, [-1, -1])
    gain = scores(shop, context, support, catalogue, blank, [1, 4]) - before
    share = 1 / 3
    np.testing.assert_allclose(gain[category == 1], np.log((2 + 3 * share) / (5 * share)), atol=0.02)
    np.testing.assert_allclose(gain[category != 1], np.log(3 * share / (5 * share)), atol=0.02)
