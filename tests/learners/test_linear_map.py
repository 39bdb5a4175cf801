"""`LinearMap`: the map by hand, a relation that is known, and the fold-in of target rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners._user_vector import UserVector
from warmstart.learners.latent_factors import LatentFactors
from warmstart.learners.linear_map import LinearMap, fit_map
from warmstart.learners.no_transfer import NoTransfer

LEARNER = LinearMap(ranks=(2,), ridges=(1.0, 10.0))


def test_map_by_hand() -> None:
    """y = 1 + 2x at x = -1, 0, 1 with ridge 3: z = x / sqrt(2/3), slope = Σzy / (3 + 3) / sqrt(2/3) = 1, half of it."""
    x = np.array([[-1.0], [0.0], [1.0]])
    found = fit_map(x, UserVector(1 + 2 * x, np.full((3, 1, 1), 0.5)), 3.0)
    np.testing.assert_allclose(found.weights, [[1.0], [1.0]], atol=1e-6)
    np.testing.assert_allclose(found.spread, [[2 / 3 + 0.5]], atol=1e-6)  # left over: -1, 0, 1


def test_known_map_is_found() -> None:
    """An exact linear relation of many users is recovered, and nothing is left but what was unsure."""
    rng = np.random.default_rng(0)
    slopes, x = rng.normal(size=(3, 4)), rng.normal(size=(500, 3)) * [1.0, 10.0, 0.1]
    found = fit_map(x, UserVector(0.5 + x @ slopes, np.zeros((500, 4, 4))), 1e-6)
    np.testing.assert_allclose(found.weights, np.concatenate([np.full((1, 4), 0.5), slopes]), atol=1e-5)
    np.testing.assert_allclose(found.spread, 0, atol=1e-8)


def error(learner: Any, params: Any, batch: Any) -> float:
    """Mean squared error of the query rows."""
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    return float(((said.mean - batch.y) ** 2 * batch.mask).sum() / batch.mask.sum())


def test_tastes_are_carried_over(taste: Callable[..., Any], context: Any) -> None:
    """A turned taste is foretold before any target row, and target rows still help."""
    world, alone = taste(), NoTransfer(LatentFactors(factors=2))
    params, own = LEARNER.fit(world.train, context), alone.fit(world.train, context)
    mapped = [error(LEARNER, params, world.batch(k)) for k in (0, 5)]
    assert mapped[0] < 0.3 * error(alone, own, world.batch(0))
    assert mapped[1] < mapped[0]


def test_source_rows_speak_through_the_map_alone(taste: Callable[..., Any], context: Any) -> None:
    """Without any row a user lies at the map of the source's prior."""
    world = taste(users=60, new=10)
    params = LEARNER.fit(world.train, context)
    batch = world.batch(0)
    state = LEARNER.adapt(params, batch.descriptor, batch.support._replace(weight=0 * batch.support.weight))
    usual = params["source"]["user"]["weights"][0]
    expected = params["weights"][0] + usual @ params["weights"][1:]
    np.testing.assert_allclose(state.mean, np.tile(expected, (10, 1)), rtol=1e-4, atol=1e-5)


def test_one_domain_is_latent_factors(taste: Callable[..., Any], context: Any) -> None:
    """Where nobody speaks of domains there is nothing to map."""
    world = taste(users=40, new=10)
    plain = replace(world.train, foreign=np.zeros(0, bool))
    batch = world.batch(5)
    model = LatentFactors(factors=2)
    params, own = LEARNER.fit(plain, context), model.fit(plain, context)
    said = LEARNER.adapt(params, batch.descriptor, batch.support).mean
    np.testing.assert_array_equal(said, model.adapt(own, batch.descriptor, batch.support).mean)


@pytest.mark.parametrize("wrong", [{"ranks": ()}, {"ranks": (0,)}, {"ridges": (0.0,)}])
def test_illegal_parameters(wrong: dict[str, Any]) -> None:
    """Nothing to try, no factor, no penalty."""
    with pytest.raises(UsageError, match="ranks >= 1 and ridges > 0"):
        LinearMap(**wrong)
