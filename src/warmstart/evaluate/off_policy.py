"""What another policy would have earned, from the log of one that explored and kept its propensities.

Each place of a list is a choice of its own: the click at a place depends on what stands there, and lists are compared
by the sum over places (the item-position model of Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen 2018).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError
from warmstart.evaluate._masked import Floats
from warmstart.evaluate.bootstrap import interval

__all__ = ["Estimate", "Guess", "Logged", "Method", "policy_value"]

Method = Literal["ips", "snips", "dr"]

_AXES = 2  # visits and places


class Logged(NamedTuple):
    """Lists that were shown, and what came of them."""

    reward: npt.NDArray[np.floating]
    """float[visits, places]: 1 for a click, or what it was worth."""
    propensity: npt.NDArray[np.floating]
    """float[visits, places], in (0, 1]: how probably the policy of the log showed this item here."""


class Guess(NamedTuple):
    """What a model expects, for `dr`: right guesses make an estimate narrow, wrong ones leave it unbiased."""

    shown: npt.NDArray[np.floating]
    """float[visits, places]: reward of the item that was shown."""
    policy: npt.NDArray[np.floating]
    """float[visits, places]: mean reward of what the other policy would show."""


class Estimate(NamedTuple):
    """Mean reward of a list, with its 95 % bootstrap interval over visits, or over groups of visits."""

    mean: float
    low: float
    high: float
    effective: float
    """Visits that the log is worth for this policy: (Σ w)² / Σ w², the least over places."""


def policy_value(
    logged: Logged,
    probability: npt.ArrayLike,
    method: Method = "snips",
    guess: Guess | None = None,
    *,
    clip: float = np.inf,
    groups: npt.NDArray[np.integer] | None = None,
) -> Estimate:
    """The reward of a list of the policy that would show the logged items with `probability` (float[visits, places]).

    "ips" weighs each reward by the ratio of probabilities (Horvitz and Thompson 1952): unbiased, and wide. "snips"
    divides by the mean weight of a place (Swaminathan and Joachims 2015): slightly biased, and what all rewards share
    no longer widens it. "dr" corrects a model's guess by weighted surprises (Dudík, Langford and Li 2011). Where a
    policy shows what the log never did, none of them can know: look at `effective`.

    No visit counts for more than `clip` (> 0): narrower, and biased towards 0 ("ips") or towards the guess ("dr").
    `groups` (int[visits]) names the task of each visit: whole tasks are drawn, since visits of one are alike.

    Errors: `UsageError` for arrays of other shapes, propensities outside (0, 1], probabilities outside [0, 1], rewards
    that are no number, a clip that is not above 0, "dr" without a guess, a place at which no logged item would be
    shown.
    """
    reward, propensity = (np.asarray(part, np.float64) for part in logged)
    chance = np.asarray(probability, np.float64)
    _check(reward, propensity, chance)
    if not clip > 0:
        raise UsageError(f"the most that a visit counts for is above 0; got {clip}")
    if groups is not None and np.shape(groups) != reward.shape[:1]:
        raise UsageError(f"groups are [visits], {reward.shape[:1]}; got {np.shape(groups)}")
    weight = np.minimum(chance / propensity, clip)
    worth = _worth(reward, weight, method, guess)
    found = interval(worth.sum(axis=1), groups=groups)
    effective = weight.sum(axis=0) ** 2 / np.maximum((weight**2).sum(axis=0), 1e-12)
    return Estimate(found.mean, found.low, found.high, float(effective.min()))


def _worth(reward: Floats, weight: Floats, method: Method, guess: Guess | None) -> Floats:
    """float64[visits, places]: what each visit says of the mean; of "snips" its influence on a ratio of means."""
    if method == "ips":
        return weight * reward
    if method == "dr":
        if guess is None:
            raise UsageError("method 'dr' needs a guess of the rewards")
        shown, policy = (np.asarray(part, np.float64) for part in guess)
        _same_shape(reward, shown, policy)
        return policy + weight * (reward - shown)
    usual = weight.mean(axis=0)
    if not (usual > 0).all():
        raise UsageError("the log never shows what this policy would: no place to compare; expected a shared item")
    mean = (weight * reward).mean(axis=0) / usual
    return np.asarray(mean + weight * (reward - mean) / usual)


def _check(reward: Floats, propensity: Floats, chance: Floats) -> None:
    _same_shape(reward, propensity, chance)
    if not reward.size or reward.ndim != _AXES:
        raise UsageError(f"a log has visits and places; got an array of shape {reward.shape}")
    if not np.isfinite(reward).all():
        raise UsageError("a reward is no finite number")
    if not ((propensity > 0) & (propensity <= 1)).all():
        raise UsageError("a propensity lies outside (0, 1]: what cannot have been shown cannot be in the log")
    if not ((chance >= 0) & (chance <= 1)).all():
        raise UsageError("a probability of the other policy lies outside [0, 1]")


def _same_shape(first: Floats, *others: Floats) -> None:
    if any(each.shape != first.shape for each in others):
        raise UsageError(f"all of a log is [visits, places]; got {[first.shape, *(each.shape for each in others)]}")
