"""Learning a policy from logs of a small shop whose best policy is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.decide.policy import Policy
from warmstart.errors import UsageError
from warmstart.evaluate.learn_policy import Feedback, Search, learn_policy, lower_bound, objective, value_on
from warmstart.evaluate.off_policy import Estimate

Log = Callable[..., Feedback]
Worth = Callable[[Policy], float]

EVEN = Policy(np.zeros(2), explore=0.1)
BEST = Policy(np.array([1e3, 0.0]), explore=0.1)


def test_learns_what_suits_a_visit(log: Log, worth: Worth) -> None:
    """From even draws to nearly the best there is with this exploration; the noise gets little weight."""
    learned = learn_policy(log(0), EVEN)
    assert worth(learned) > 0.97 * worth(BEST) > 1.9 * worth(EVEN)
    assert abs(learned.weights[1]) < 0.1 * learned.weights[0]
    assert learned.explore == EVEN.explore


def test_weights_stay_within_reach(log: Log) -> None:
    """Where the best policy would never explore."""
    sure = log(0, good=1.0)
    assert np.abs(learn_policy(sure, EVEN, Search(reach=2.0)).weights).max() == 2.0


def test_is_deterministic(log: Log) -> None:
    """Twice the same, to the bit."""
    first, second = (learn_policy(log(0, 300), EVEN) for _ in range(2))
    assert first.weights.tolist() == second.weights.tolist()


def test_without_clicks_nothing_changes(log: Log) -> None:
    """The policy that comes back is the one that went in."""
    silent = log(0)
    assert learn_policy(silent._replace(reward=np.zeros_like(silent.reward)), EVEN) is EVEN


@pytest.mark.parametrize(("penalty", "clip"), [(0.0, np.inf), (1.0, np.inf), (2.0, 3.0)])
def test_objective_rises_as_finite_differences_do(log: Log, penalty: float, clip: float) -> None:
    """With and without penalty and clip."""
    policy, known = Policy(np.array([1.5, 0.4]), 0.1), log(1, 200)
    _, rise = objective(known, policy, penalty, clip)
    for at, step in enumerate(1e-6 * np.eye(2)):
        ends = [objective(known, replace(policy, weights=policy.weights + s), penalty, clip)[0] for s in (step, -step)]
        assert rise[at] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-9)


def test_objective_is_the_value_less_standard_errors(log: Log) -> None:
    """By the formula, at the policy of the log itself: the mean, and its usual standard error."""
    known = log(1, 200)
    value, _ = objective(known, EVEN, 2.0, np.inf)
    assert value == pytest.approx(known.reward.mean() - 2 * known.reward.std() / np.sqrt(200))


def test_what_the_log_hardly_shows_is_not_believed() -> None:
    """A narrow interval from few visits counts for nothing."""
    narrow = Estimate(0.9, 0.9, 0.9, effective=5)
    assert lower_bound(narrow, Search()) == -np.inf
    assert lower_bound(narrow, Search(least=5)) == 0.9


def test_value_of_the_policy_of_the_log(log: Log) -> None:
    """Its own mean, worth all visits."""
    known = log(0)
    found = value_on(known, EVEN)
    assert (found.mean, found.effective) == (pytest.approx(known.reward.mean()), pytest.approx(3000))


def test_logs_are_joined(log: Log) -> None:
    """One after the other."""
    both = log(0, 20).then(log(1, 10))
    assert both.features.shape == (30, 3, 2)
    assert both.take(slice(20, None)).shown.tolist() == log(1, 10).shown.tolist()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"propensity": np.zeros(10)}, "propensity lies outside"),
        ({"propensity": np.ones(9)}, "shown, reward and propensity"),
        ({"reward": np.full(10, np.nan)}, "no finite number"),
        ({"shown": np.full(10, 3)}, "from 0 to 2"),
        ({"shown": np.full(10, 0.5)}, "from 0 to 2"),
        ({"shown": np.zeros(10, int), "mask": np.arange(3) + np.zeros((10, 1)) > 0}, "visit 0 shows candidate 0"),
        ({"features": np.zeros((10, 3, 1))}, "one for each weight"),
    ],
)
def test_refusals(log: Log, changed: dict[str, Any], said: str) -> None:
    """Each mistake is named."""
    with pytest.raises(UsageError, match=said):
        learn_policy(log(0, 10)._replace(**changed), EVEN)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"penalties": (-1.0,)}, "penalties of 0 or more"),
        ({"penalties": ()}, "penalties of 0 or more"),
        ({"clips": (0.0,)}, "clips above 0"),
        ({"folds": 1}, "2 folds or more"),
        ({"reach": 0.0}, "reach above 0"),
    ],
)
def test_refused_searches(changed: dict[str, Any], said: str) -> None:
    """A search that cannot be is not made."""
    with pytest.raises(UsageError, match=said):
        Search(**changed)


def test_too_few_visits(log: Log) -> None:
    """Fewer than folds teach nothing."""
    with pytest.raises(UsageError, match="3 folds need"):
        learn_policy(log(0, 2), EVEN)
