"""`Scorecard`: weights of evidence by hand, bins, and what it does with what it never saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.scorecard import Scorecard
from warmstart.tasks.episodes import draw, gather


def test_weights_of_evidence_by_hand(table: Any, context: Any) -> None:
    """Half of all rows are of class 1; 3 of 4 in the rarer category: ln((3 + 1) / (1 + 1)) with two pseudo-rows."""
    world = table("bernoulli", tasks=4, rows=4)
    codes = np.array([1] * 12 + [2] * 4)[:, None].astype(np.int32)
    y = np.array([1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0], np.float32)
    own = replace(world, x=world.x._replace(codes=codes, numbers=np.zeros((16, 2), np.float32)), y=y)
    params = Scorecard(smoothing=2.0, bins=2, folds=2).fit(own, context)
    numbers = own.x.numbers.shape[1]
    rare = params["evidence"][numbers, 2]  # the second category by frequency
    assert rare == pytest.approx(np.log(4 / 2))
    assert params["evidence"][numbers, 1] == pytest.approx(np.log((5 + 1) / (7 + 1)))
    assert params["evidence"][numbers, 0] == pytest.approx(0)  # what no row had tells nothing


def test_it_follows_a_bend(table: Any, context: Any) -> None:
    """A class that lies in the middle of a number is found, which a straight line cannot."""
    world = table("bernoulli", tasks=60)
    middle = (np.abs(world.x.numbers[:, 0]) < 0.7).astype(np.float32)
    own = replace(world, y=middle)
    learner = Scorecard()
    params = learner.fit(own, context)
    batch = gather(own, draw(own, "random", np.random.default_rng(0), shots=2, queries=8), 2)
    state = learner.adapt(params, batch.descriptor, batch.support)
    said = learner.predict(params, state, batch.query).mean
    assert ((said > 0) == (batch.y > 0)).mean() > 0.9
    extreme = batch.query._replace(x=batch.query.x._replace(numbers=batch.query.x.numbers * 0 + 1e6))
    assert np.isfinite(learner.predict(params, state, extreme).mean).all()


@pytest.mark.parametrize(("setting", "value"), [("bins", 1), ("smoothing", 0.0), ("categories", 0), ("folds", 1)])
def test_ranges_are_checked(setting: str, value: float) -> None:
    """One bin tells nothing; without pseudo-rows a pure bin has no logarithm."""
    with pytest.raises(UsageError, match=rf"scorecard\.{setting}: expected"):
        Scorecard(**{setting: value})
