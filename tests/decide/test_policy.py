"""A softmax policy over the features of candidates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from warmstart.decide.policy import Policy
from warmstart.errors import UsageError

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(5, 4, 3))
MASK = np.array(
    [[True] * 4, [True, False, True, True], [False, False, False, True], [True] * 4, [True, True, False, False]]
)
SHOWN = np.array([0, 2, 3, 1, 1])
POLICY = Policy(np.array([0.5, -1.0, 2.0]), explore=0.2)


def test_probabilities_sum_to_one_and_respect_the_mask() -> None:
    """Nothing is shown that is not there, whatever stands in its place; who is alone is shown for sure."""
    features = np.where(MASK[..., None], FEATURES, np.nan)
    chance = POLICY.probabilities(features, MASK)
    assert chance.sum(axis=1) == pytest.approx(np.ones(5))
    assert (chance[~MASK] == 0).all()
    assert chance[2, 3] == pytest.approx(1)


def test_by_hand() -> None:
    """Odds of 3 to 1 by the weights, and an even draw in half of the visits."""
    features = np.log([[[1.0], [3.0]]])
    assert Policy(np.ones(1)).probabilities(features, [[True, True]])[0] == pytest.approx([0.25, 0.75])
    assert Policy(np.ones(1), 0.5).probabilities(features, [[True, True]])[0] == pytest.approx([0.375, 0.625])
    assert Policy(np.zeros(1)).probabilities(features, [[True, True]])[0] == pytest.approx([0.5, 0.5])


def test_large_weights_show_the_best() -> None:
    """No overflow on the way."""
    chance = Policy(np.array([1e6])).probabilities([[[1.0], [2.0], [0.0]]], np.ones((1, 3), bool))
    assert chance.tolist() == [[0, 1, 0]]


def test_slope_is_that_of_finite_differences() -> None:
    """And its first part is what `probabilities` says."""
    features, mask = POLICY.checked(FEATURES, MASK)
    chance, rise = POLICY.slope(features, mask, SHOWN)
    assert chance == pytest.approx(POLICY.probabilities(FEATURES, MASK)[np.arange(5), SHOWN])
    for at, step in enumerate(1e-6 * np.eye(3)):
        up, down = (replace(POLICY, weights=POLICY.weights + s).slope(features, mask, SHOWN)[0] for s in (step, -step))
        assert rise[:, at] == pytest.approx((up - down) / 2e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("features", "mask", "said"),
    [
        (FEATURES[..., :2], MASK, r"\[visits, candidates, 3\]"),
        (FEATURES[0], MASK, r"\[visits, candidates, 3\]"),
        (FEATURES, MASK[:, :3], "the mask is"),
        (FEATURES, MASK & (np.arange(5) != 3)[:, None], "visit 3 has no candidate"),
        (np.where(np.arange(3) == 1, np.inf, FEATURES), MASK, "candidate 0 in visit 0"),
    ],
)
def test_refusals(features: np.ndarray, mask: np.ndarray, said: str) -> None:
    """Each mistake is named."""
    with pytest.raises(UsageError, match=said):
        POLICY.probabilities(features, mask)


@pytest.mark.parametrize(
    ("weights", "explore", "said"),
    [
        ([[1.0]], 0.0, "one finite weight"),
        ([np.nan], 0.0, "one finite weight"),
        ([1.0], 1.5, "exploration"),
    ],
)
def test_refused_policies(weights: list, explore: float, said: str) -> None:
    """A policy that cannot be is not made."""
    with pytest.raises(UsageError, match=said):
        Policy(np.array(weights), explore)
