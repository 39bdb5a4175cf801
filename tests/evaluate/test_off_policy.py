"""Off-policy estimates against the truth, which a simulated shop knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.evaluate.off_policy import Guess, Logged, policy_value

VISITS, ITEMS, PLACES = 4000, 6, 2
CLICK = np.array([[0.02, 0.05, 0.1, 0.2, 0.3, 0.4], [0.01, 0.02, 0.05, 0.1, 0.15, 0.2]])
"""Chance of a click [places, items]."""
LOGGING = np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
OTHER = np.array([0.0, 0.0, 0.1, 0.2, 0.3, 0.4])
TRUTH = float((CLICK * OTHER).sum())


def log(seed: int) -> tuple[Logged, np.ndarray]:
    """Items drawn at each place by the logging policy, and what the other policy's chance of each would be."""
    rng = np.random.default_rng(seed)
    shown = rng.choice(ITEMS, (VISITS, PLACES), p=LOGGING)
    clicked = rng.random(shown.shape) < CLICK[np.arange(PLACES), shown]
    return Logged(clicked.astype(float), LOGGING[shown]), shown


def guess(shown: np.ndarray, error: float) -> Guess:
    """The true rates, off by a factor."""
    policy = np.broadcast_to(error * (CLICK * OTHER).sum(axis=1), shown.shape)
    return Guess(error * CLICK[np.arange(PLACES), shown], policy)


@pytest.mark.parametrize("method", ["ips", "snips", "dr"])
def test_the_truth_lies_in_most_intervals(method: str) -> None:
    """Of forty logs 34 or more hold it, and the mean of the estimates is near it."""
    found = []
    for seed in range(40):
        logged, shown = log(seed)
        found.append(policy_value(logged, OTHER[shown], method, guess(shown, 0.5) if method == "dr" else None))
    assert sum(each.low <= TRUTH <= each.high for each in found) >= 34
    assert np.mean([each.mean for each in found]) == pytest.approx(TRUTH, rel=0.02)


def test_a_perfect_guess_leaves_no_doubt() -> None:
    """Where the reward is what was guessed, `dr` is the truth itself; the others still depend on what was shown."""
    logged, shown = log(0)
    sure = logged._replace(reward=CLICK[np.arange(PLACES), shown])
    ips, snips, dr = (policy_value(sure, OTHER[shown], m, guess(shown, 1)) for m in ("ips", "snips", "dr"))
    assert dr[:3] == pytest.approx((TRUTH, TRUTH, TRUTH))
    assert min(ips.high - ips.low, snips.high - snips.low) > 0.01


def test_what_all_rewards_share_does_not_widen_snips() -> None:
    """One more for every place adds as much to the mean and leaves the interval as wide; of `ips` it does not."""
    logged, shown = log(0)
    more = logged._replace(reward=logged.reward + 1)
    before, after = (policy_value(each, OTHER[shown]) for each in (logged, more))
    assert after.mean == pytest.approx(before.mean + PLACES)
    assert after.high - after.low == pytest.approx(before.high - before.low)
    wide = policy_value(more, OTHER[shown], "ips")
    assert wide.high - wide.low > 1.5 * (after.high - after.low)


def test_the_logging_policy_is_worth_its_own_mean() -> None:
    """With weights of one a log is worth all its visits, for another policy fewer."""
    logged, shown = log(0)
    own = policy_value(logged, logged.propensity)
    assert own.mean == pytest.approx(logged.reward.sum(axis=1).mean())
    assert own.effective == pytest.approx(VISITS)
    assert policy_value(logged, OTHER[shown]).effective < 0.5 * VISITS


def test_ips_by_hand() -> None:
    """Two visits of one place: a click at odds 2 and a miss."""
    found = policy_value(Logged(np.array([[1.0], [0.0]]), np.array([[0.25], [0.5]])), [[0.5], [0.5]], "ips")
    assert found.mean == pytest.approx((2 * 1 + 0) / 2)
    assert found.effective == pytest.approx((2 + 1) ** 2 / (4 + 1))


def test_clipped_by_hand() -> None:
    """Odds of 4 and 1, cut at 2: the first visit counts twice."""
    logged = Logged(np.array([[1.0], [0.0]]), np.array([[0.25], [1.0]]))
    found = policy_value(logged, [[1.0], [1.0]], "ips", clip=2)
    assert found.mean == pytest.approx((2 * 1 + 0) / 2)
    assert policy_value(logged, [[1.0], [1.0]], "snips", clip=2).mean == pytest.approx(2 / 3)
    guess = Guess(np.full((2, 1), 0.5), np.full((2, 1), 0.5))
    assert policy_value(logged, [[1.0], [1.0]], "dr", guess, clip=2).mean == pytest.approx(0.5 + (2 * 0.5 - 0.5) / 2)


def test_dr_is_nearer_than_ips() -> None:
    """With a fair guess, off by a half: the squared error over forty logs is smaller."""
    missed = {"ips": 0.0, "dr": 0.0}
    for seed in range(40):
        logged, shown = log(seed)
        for method in ("ips", "dr"):
            found = policy_value(logged, OTHER[shown], method, guess(shown, 0.5) if method == "dr" else None)
            missed[method] += (found.mean - TRUTH) ** 2
    assert missed["dr"] < missed["ips"]


def test_visits_of_a_task_are_alike() -> None:
    """Of 60 logs of 40 tasks, whose visits share a level, 52 or more intervals over tasks hold the truth.

    Where each holds it with 0.95 that has a chance of 0.997; intervals over visits are too narrow here.
    """
    held = {"tasks": 0, "visits": 0}
    task = np.repeat(np.arange(40), 50)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shown = rng.choice(2, (len(task), 1), p=[0.7, 0.3])
        level = rng.beta(2, 8, 40)[task][:, None]  # 0.2 in the mean, and twice as much for item 1
        clicked = rng.random(shown.shape) < level * np.where(shown == 1, 1.0, 0.5)
        logged = Logged(clicked.astype(float), np.where(shown == 1, 0.3, 0.7))
        chance = np.where(shown == 1, 0.6, 0.4)
        truth = 0.2 * (0.6 * 1.0 + 0.4 * 0.5)
        for name, groups in (("tasks", task), ("visits", None)):
            found = policy_value(logged, chance, groups=groups)
            held[name] += found.low <= truth <= found.high
    assert held["tasks"] >= 52
    assert held["visits"] < 52


@pytest.mark.parametrize(("more", "said"), [({"clip": 0.0}, "above 0"), ({"groups": np.zeros(2, int)}, "groups are")])
def test_refused_options(more: dict[str, Any], said: str) -> None:
    """A clip that counts nothing, groups of other visits."""
    with pytest.raises(UsageError, match=said):
        policy_value(Logged(np.ones((3, 1)), np.ones((3, 1))), np.ones((3, 1)), **more)


@pytest.mark.parametrize(
    ("reward", "propensity", "chance", "said"),
    [
        ([[1.0]], [[0.0]], [[0.5]], "outside"),
        ([[1.0]], [[0.5]], [[1.5]], "other policy"),
        ([[np.nan]], [[0.5]], [[0.5]], "no finite number"),
        ([[1.0]], [[0.5]], [[0.5, 0.5]], "all of a log"),
        ([1.0], [0.5], [0.5], "visits and places"),
        ([[1.0]], [[0.5]], [[0.0]], "never shows"),
    ],
)
def test_refusals(reward: list, propensity: list, chance: list, said: str) -> None:
    """Each mistake is named."""
    with pytest.raises(UsageError, match=said):
        policy_value(Logged(np.array(reward), np.array(propensity)), chance)


def test_dr_needs_a_guess() -> None:
    """It is said, rather than guessed."""
    with pytest.raises(UsageError, match="needs a guess"):
        policy_value(Logged(np.ones((3, 1)), np.ones((3, 1))), np.ones((3, 1)), "dr")
