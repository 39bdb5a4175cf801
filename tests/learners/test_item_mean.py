"""`ItemMean`: means that are shrunk, by hand, and the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.learners.item_mean import ItemMean


def test_shrunk_means(taste: Callable[..., Any], context: Any) -> None:
    """An item's mean is pulled to that of its domain's rows by noise / spread rows; an unknown item lies there."""
    world = taste(users=50, new=10)
    high = replace(world.train, y=world.train.y + 10 * world.train.given)
    params = ItemMean().fit(high, context)
    own = ~high.given
    mean, item = high.y[own].mean(dtype=np.float64), 100
    of_item = high.y[own & (high.item == item)].astype(np.float64)
    trust = params["variance"][item] * len(of_item) / params["noise"]
    assert params["mean"][item] == pytest.approx(mean + trust * (of_item.mean() - mean), rel=1e-3)
    assert params["mean"][-1] == pytest.approx(mean)
    assert params["variance"][-1] > params["variance"][item]


def test_the_same_for_everyone(taste: Callable[..., Any], context: Any) -> None:
    """No support row changes an answer."""
    world = taste(users=50, new=10)
    params = ItemMean().fit(world.train, context)
    said = []
    for k in (0, 5):
        batch = world.batch(k)
        query = batch.query._replace(item=np.arange(60, 120, dtype=np.int32))
        said.append(ItemMean().predict(params, ItemMean().adapt(params, batch.descriptor, batch.support), query).mean)
    np.testing.assert_array_equal(*said)
    np.testing.assert_array_equal(said[0], said[0][:1].repeat(10, axis=0))
