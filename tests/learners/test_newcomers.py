"""`Newcomers`: demand from attributes, then from the first takers, and taste from the support."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.learners._arrivals import arrivals
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


def test_arrivals_count_a_task_once(choices: Any) -> None:
    """Item 0 is taken on days 1, 5 and 9 of ten by three tasks, twice by the last; item 2 by nobody."""
    world = choices([[(1, 0), (11, 1)], [(5, 0)], [(9, 0), (10, 0)]], 3)
    number, time = arrivals(world)
    assert number.tolist() == [3, 1, 0]
    np.testing.assert_allclose(time, [0.8, 0, 0])


def test_the_faster_of_two_like_items_comes_first(choices: Any, context: Any) -> None:
    """Both have three takers and the same attributes; one had them within a day, the other within three months."""
    rng = np.random.default_rng(0)
    baskets = [[(int(day), int(item))] for day, item in rng.integers(0, (100, 30), (600, 2))]
    baskets += [[(day, item)] for item, days in ((30, (50, 50, 51)), (31, (2, 60, 95))) for day in days]
    world = choices(baskets, 33)
    catalogue = Rows(np.zeros((33, 0), np.float32), np.ones((33, 1), np.int32))
    alike = replace(world, spec=replace(world.spec, row=Widths(codes=(2,))), catalogue=catalogue)
    rate = Newcomers(threads=1).fit(alike, context)["rate"]
    assert rate[30] > rate[32] > rate[31]
