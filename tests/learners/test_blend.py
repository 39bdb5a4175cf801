"""`Blend`: hazards by hand, a time split that leaks nothing, weights that follow the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners._blend_parts import Trials, fit_parts
from warmstart.learners.blend import Blend, mixing_weights


def test_hazard_counts_what_is_taken_again_later(choices: Any) -> None:
    """Item 0: two begin, one returns to it; item 1: one begins, none returns; who never comes back says nothing."""
    baskets = [[(1, 0), (2, 0)], [(1, 0), (1, 1), (2, 2)], [(1, 1)]]
    hazard = fit_parts(choices(baskets, 3), None, 1.0, 0.0, 5)["hazard"]
    mean = 1 / 3
    np.testing.assert_allclose(hazard, [(1 + 10 * mean) / 12, (0 + 10 * mean) / 11, mean], rtol=1e-6)


def _trials(repeat_hits: bool) -> Trials:
    """Twenty candidates of rising popularity; the query is the one repeated, or the one near, least popular item."""
    popular = np.repeat(np.linspace(0.01, 0.02, 20)[None], 30, axis=0)
    repeat, near = np.zeros((30, 20)), np.zeros((30, 20))
    repeat[:, 0], near[:, 1] = 0.1, 0.1
    hit = np.zeros((30, 20), dtype=bool)
    hit[:, 0 if repeat_hits else 1] = True
    return Trials(repeat, near, popular, hit, np.ones(30, dtype=np.int64))


def test_weights_follow_the_part_that_hits() -> None:
    """Where repeats hit, repeat outweighs near; where neighbours hit, near is large enough to lift them to the top."""
    repeat, near = mixing_weights([_trials(repeat_hits=True)])
    assert 0.01 + 0.1 * repeat > 0.02
    repeat, near = mixing_weights([_trials(repeat_hits=False)])
    assert 0.01 + 0.1 * near > max(0.02, 0.01 + 0.1 * repeat)


def test_prediction_is_the_weighted_sum(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Scores equal repeat · hazard + near · mean P(j | i) + share, by hand; without support the share alone."""
    learner = Blend(shrinkage=0.0, strength=1.0)
    parts = fit_parts(choices([[(1, 0), (1, 1)], [(1, 0)]], 3), None, 1.0, 0.0, 5)
    params = parts | {"weights": np.array([2.0, 0.5]), "segment": np.array(-1)}
    scores = learner.predict(params, learner.adapt(params, blank(2), support([[0, 1], [-1, -1]])), catalogue(3)).mean
    share, hazard = parts["share"][0], parts["hazard"]
    near = np.array([1.0, 0.5, 0.0]) / 2  # P(0 | 1) = 1, P(1 | 0) = 1/2, each item is half of the support
    np.testing.assert_allclose(scores[0], 2 * hazard * [1, 1, 0] + 0.5 * near + share, rtol=1e-5)
    np.testing.assert_allclose(scores[1], share, rtol=1e-6)


def test_loyal_customers_get_their_own_items_again(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Where everyone buys the same item day after day, the support item is the first recommendation."""
    rng = np.random.default_rng(0)
    baskets = [[(day, int(item)) for day in (1, 2, 3, 4)] for item in rng.integers(0, 20, 80)]
    learner = Blend(folds=2)
    params = learner.fit(choices(baskets, 20), context)
    scores = learner.predict(params, learner.adapt(params, blank(2), support([[7], [11]])), catalogue(20)).mean
    assert scores.argmax(axis=1).tolist() == [7, 11]
    assert params["weights"][0] > 0.7
