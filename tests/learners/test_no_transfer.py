"""`NoTransfer`: other domains are hidden in training and in a support, and only they."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.bias import Bias
from warmstart.learners.no_transfer import NoTransfer


def test_source_rows_are_hidden(taste: Callable[..., Any], context: Any) -> None:
    """Whatever the source rows say, the answer is that of the learner on the target rows alone."""
    world, learner = taste(users=40, new=10), NoTransfer(Bias())
    strange = replace(world.train, y=np.where(world.train.given, 99, world.train.y).astype(np.float32))
    params = learner.fit(strange, context)
    batch = world.batch(5)
    foreign = batch.support.item < 60
    told = batch.support._replace(y=np.where(foreign, -99, batch.support.y).astype(np.float32))
    said = learner.predict(params, learner.adapt(params, batch.descriptor, told), batch.query)
    own = Bias().fit(world.train.where(~world.train.given), context)
    only = batch.support._replace(weight=batch.support.weight * ~foreign)
    expected = Bias().predict(own, Bias().adapt(own, batch.descriptor, only), batch.query)
    np.testing.assert_array_equal(said.mean, expected.mean)


def test_one_domain(taste: Callable[..., Any], context: Any) -> None:
    """Where nobody speaks of domains nothing is hidden."""
    world = taste(users=40, new=10)
    plain = replace(world.train, foreign=np.zeros(0, bool))
    params, own = NoTransfer(Bias()).fit(plain, context), Bias().fit(plain, context)
    batch = world.batch(5)
    said = NoTransfer(Bias()).adapt(params, batch.descriptor, batch.support)
    np.testing.assert_array_equal(said.bias, Bias().adapt(own, batch.descriptor, batch.support).bias)


def test_learners_of_another_kind() -> None:
    """What the engine trains cannot be wrapped."""
    with pytest.raises(UsageError, match="expected a learner that fits in its own way; got bayes_head"):
        NoTransfer(BayesHead())
