"""A report that fits on a sheet of paper, and a shop of three arms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from warmstart.decide.policy import Policy
from warmstart.evaluate.learn_policy import Feedback
from warmstart.evaluate.result import Report, Row

CURVES = {
    "Head": {0: 0.50, 1: 0.60, 5: 0.80},
    "Trees": {0: 0.45, 1: 0.55, 5: 0.85},
    "Mean": {0: 0.50, 1: 0.50, 5: 0.50},
    "Own": {1: 0.30, 5: 0.70},
}


def make_rows(half: float = 0.01, metric: str = "accuracy", higher: bool = True) -> list[Row]:
    """The curves as rows, each with the same half-width."""
    return [
        Row("all", learner, k, metric, mean, mean - half, mean + half, higher, 40, 0.25)
        for learner, curve in CURVES.items()
        for k, mean in curve.items()
    ]


@pytest.fixture
def rows() -> Callable[..., list[Row]]:
    """Makes the rows of the four curves."""
    return make_rows


@pytest.fixture
def report() -> Report:
    """`Head` is the default, `Trees` another learner, `Mean` and `Own` are baselines."""
    return Report("table", "toys", "kshot", 3, "Head", tuple(make_rows()), "Head", "Adapting gains.", ("Mean", "Own"))


GOOD, BAD = 0.3, 0.05
"""Chance of a click on the arm that suits the visit, and on another."""


def make_log(seed: int, visits: int = 3000, good: float = GOOD, policy: Policy | None = None) -> Feedback:
    """One arm of three suits a visit, as the first feature shows; the second is noise. Drawn evenly, or by a policy."""
    rng = np.random.default_rng(seed)
    suits = np.arange(3) == rng.integers(0, 3, visits)[:, None]
    features = np.stack([suits.astype(float), rng.normal(size=suits.shape)], axis=2)
    mask = np.ones(suits.shape, bool)
    chance = (policy or Policy(np.zeros(2))).probabilities(features, mask)
    shown = (chance.cumsum(axis=1) > rng.random((visits, 1))).argmax(axis=1)
    at = np.arange(visits), shown
    clicked = rng.random(visits) < np.where(suits[at], good, BAD)
    return Feedback(features, mask, shown, clicked.astype(float), chance[at])


@pytest.fixture
def log() -> Callable[..., Feedback]:
    """Makes logs of the shop."""
    return make_log


@pytest.fixture
def worth() -> Callable[[Policy], float]:
    """The true mean reward of a policy."""

    def mean(policy: Policy) -> float:
        other = make_log(99)
        chance = policy.probabilities(other.features, other.mask)
        return float((chance * np.where(other.features[..., 0] > 0, GOOD, BAD)).sum(axis=1).mean())

    return mean
