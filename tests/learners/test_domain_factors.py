"""`DomainFactors`: two domains whose relation is known, and one domain, where it is `LatentFactors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.learners.domain_factors import DomainFactors
from warmstart.learners.latent_factors import LatentFactors
from warmstart.learners.no_transfer import NoTransfer

LEARNER = DomainFactors(factors=2, tolerance=1e-4)


def error(learner: Any, params: Any, batch: Any) -> float:
    """Mean squared error of the query rows."""
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    return float(((said.mean - batch.y) ** 2 * batch.mask).sum() / batch.mask.sum())


def test_tastes_are_carried_over(taste: Callable[..., Any], context: Any) -> None:
    """Before any target row a user is known nearly as well as the noise allows; alone, five rows do not reach that."""
    world, alone = taste(), NoTransfer(LEARNER)
    params, own = LEARNER.fit(world.train, context), alone.fit(world.train, context)
    known = [error(LEARNER, params, world.batch(k)) for k in (0, 1, 5)]
    hidden = [error(alone, own, world.batch(k)) for k in (0, 1, 5)]
    assert known[0] < 0.3 * hidden[0]
    assert known[2] < hidden[2]
    assert known == sorted(known, reverse=True)


def test_tastes_that_have_nothing_in_common(taste: Callable[..., Any], context: Any) -> None:
    """Where domains are unrelated, the source neither helps nor harms by more than a few per cent."""
    world, alone = taste(shared=False), NoTransfer(LEARNER)
    params, own = LEARNER.fit(world.train, context), alone.fit(world.train, context)
    for k in (0, 5):
        ours, theirs = error(LEARNER, params, world.batch(k)), error(alone, own, world.batch(k))
        assert ours == pytest.approx(theirs, rel=0.08)


def test_intervals_hold(taste: Callable[..., Any], context: Any) -> None:
    """90 % intervals hold 86 to 94 % of the ratings, with source rows alone and with target rows."""
    world = taste()
    params = LEARNER.fit(world.train, context)
    for k in (0, 5):
        batch = world.batch(k)
        said = LEARNER.predict(params, LEARNER.adapt(params, batch.descriptor, batch.support), batch.query)
        inside = np.abs(said.mean - batch.y) < 1.645 * np.sqrt(said.variance + said.noise)
        assert 0.86 < inside[batch.mask > 0].mean() < 0.94


def test_users_without_source_rows(taste: Callable[..., Any], context: Any) -> None:
    """Of a user of whom nothing is known each item's mean is said, the same for all, and unsure."""
    world = taste()
    params = LEARNER.fit(world.train, context)
    batch = world.batch(0)
    nothing = batch.support._replace(weight=0 * batch.support.weight)
    state = LEARNER.adapt(params, batch.descriptor, nothing)
    told = LEARNER.adapt(params, batch.descriptor, batch.support)
    np.testing.assert_array_equal(state.mean, state.mean[:1].repeat(len(state.mean), axis=0))
    unsure, sure = (LEARNER.predict(params, each, batch.query).variance[batch.mask > 0] for each in (state, told))
    assert (unsure > sure).all()


def test_one_domain_is_latent_factors(taste: Callable[..., Any], context: Any) -> None:
    """Where nobody speaks of domains the two learners answer alike."""
    world = taste(users=60, new=20)
    plain = replace(world.train, foreign=np.zeros(0, bool))
    batch = world.batch(5)
    answers = []
    for learner in (DomainFactors(factors=2, reliability=0.0), LatentFactors(factors=2)):
        params = learner.fit(plain, context)
        answers.append(learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query))
    for ours, theirs in zip(*answers, strict=True):
        np.testing.assert_allclose(ours + 0 * batch.y, theirs + 0 * batch.y, rtol=1e-4, atol=1e-5)


def test_items_that_nobody_rated(taste: Callable[..., Any], context: Any) -> None:
    """An unknown item is answered from what its domain's items share, less surely than a rated one."""
    world = taste(users=60, new=20)
    params = LEARNER.fit(world.train, context)
    batch = world.batch(5)
    state = LEARNER.adapt(params, batch.descriptor, batch.support)
    said = LEARNER.predict(params, state, batch.query._replace(item=np.array([119, -1], np.int32)))
    assert said.mean.shape == (20, 2)
    assert np.isfinite(said.mean).all()
    assert said.variance[:, 1].mean() > said.variance[:, 0].mean()


def test_nothing_to_learn_from(taste: Callable[..., Any], context: Any) -> None:
    """Source rows alone teach nothing of the target domain; rows without items are refused."""
    world = taste(users=20, new=5)
    with pytest.raises(DataError, match="no row of the target domain to learn from"):
        LEARNER.fit(world.train.where(world.train.given), context)
    with pytest.raises(UsageError, match="reliability"):
        DomainFactors(reliability=-1)
    with pytest.raises(UsageError, match="at most 1; got 2"):
        DomainFactors(reliability=2)


def test_no_source_row_to_learn_from(taste: Callable[..., Any], context: Any) -> None:
    """Where training has no source row, those of a new user say nothing."""
    world = taste(users=40, new=10)
    params = LEARNER.fit(world.train.where(~world.train.given), context)
    batch = world.batch(0)
    told = LEARNER.adapt(params, batch.descriptor, batch.support)
    nothing = LEARNER.adapt(params, batch.descriptor, batch.support._replace(weight=0 * batch.support.weight))
    np.testing.assert_allclose(told.mean, nothing.mean, atol=1e-6)
