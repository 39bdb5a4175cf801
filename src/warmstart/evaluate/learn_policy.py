"""A policy learned from the log of policies that explored: counterfactual risk minimisation.

Maximises what the policy would have earned less a penalty for how little the log says of it (Swaminathan and Joachims
2015, "Batch learning from logged bandit feedback" and "The self-normalized estimator for counterfactual learning").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.decide.policy import Policy
from warmstart.errors import UsageError
from warmstart.evaluate._masked import Floats
from warmstart.evaluate.off_policy import Estimate, Logged, policy_value

__all__ = ["Feedback", "Search", "checked", "learn_policy", "lower_bound", "objective", "value_on"]

_LEAST_FOLDS = 2


class Feedback(NamedTuple):
    """Visits in the order of time: what could be shown, what was shown, and what came of it."""

    features: npt.NDArray[np.floating]
    """float[visits, candidates, features]"""
    mask: npt.NDArray[np.bool_]
    """bool[visits, candidates]: false where there is no candidate."""
    shown: npt.NDArray[np.integer]
    """int[visits]: the candidate that was shown."""
    reward: npt.NDArray[np.floating]
    """float[visits]: 1 for a click, or what it was worth."""
    propensity: npt.NDArray[np.floating]
    """float[visits], in (0, 1]: how probably the policy of the time showed it."""

    def take(self, visits: npt.NDArray[np.bool_] | slice) -> Feedback:
        """The log of some visits."""
        features, mask, shown, reward, propensity = self
        return Feedback(features[visits], mask[visits], shown[visits], reward[visits], propensity[visits])

    def then(self, later: Feedback) -> Feedback:
        """This log and a later one of as many candidates."""
        return Feedback(*(np.concatenate(parts) for parts in zip(self, later, strict=True)))


@dataclass(frozen=True)
class Search:
    """What is tried on held-out folds of the log, and what is believed of it."""

    penalties: tuple[float, ...] = (0.5, 2.0)
    """Standard errors (each >= 0) taken off the estimated value."""
    clips: tuple[float, ...] = (10.0, 100.0)
    """The most (each > 0) that one visit of the log counts for."""
    folds: int = 3
    """Of the log, >= 2."""
    least: float = 50.0
    """Visits (>= 0) that a log must be worth for a policy, or nothing is believed of it."""
    steps: int = 30
    """Of L-BFGS, at most; >= 1."""
    reach: float = 10.0
    """The largest weight (> 0), of either sign: beyond, a policy explores too little to learn on."""

    def __post_init__(self) -> None:
        if min(self.penalties, default=-1) < 0 or min(self.clips, default=0) <= 0:
            raise UsageError(f"expected penalties of 0 or more and clips above 0; got {self}")
        if self.folds < _LEAST_FOLDS or self.least < 0 or self.steps < 1 or not self.reach > 0:
            raise UsageError(f"expected 2 folds or more, least >= 0, a step or more and reach above 0; got {self}")


def learn_policy(log: Feedback, start: Policy, search: Search | None = None) -> Policy:
    """The policy of the best `objective`, by L-BFGS from `start`: its weights change, its exploration does not.

    Penalty and clip are those whose policies, each learned without a fold, are worth most on the folds left out, by the
    lower end of the interval; where none is worth more than `start` by its own, `start` comes back. Visit i is in fold
    i modulo the number of folds: nothing is random.

    Errors: `UsageError` for arrays that do not fit together, propensities outside (0, 1], rewards that are no number, a
    shown candidate that there is not, fewer visits than folds.
    """
    search = search or Search()
    log = checked(log, start)
    if len(log.shown) < search.folds:
        raise UsageError(f"{search.folds} folds need as many visits; got {len(log.shown)}")
    best, chosen = lower_bound(_value(log, _chance(log, start)), search), None
    for setting in product(search.penalties, search.clips):
        found = lower_bound(_value(log, _held_out(log, start, search, *setting)), search)
        if found > best:
            best, chosen = found, setting
    return start if chosen is None else _ascend(log, start, search, *chosen)


def objective(log: Feedback, policy: Policy, penalty: float, clip: float) -> tuple[float, Floats]:
    """Self-normalised value less `penalty` standard errors, and its derivative by the weights, float64[features].

    One visit counts for `clip` at most; there the derivative of its share is 0. Arrays are not checked.
    """
    chance, rise = policy.slope(log.features, log.mask, log.shown)
    raw = chance / log.propensity
    weight, n = np.minimum(raw, clip), len(raw)
    usual = max(float(weight.mean()), 1e-12)
    value = (weight * log.reward).mean() / usual
    surprise = log.reward - value
    spread = (weight**2 * surprise**2).mean()
    error = np.sqrt(spread / n) / usual
    by_value = surprise / (n * usual)
    by_spread = 2 * weight * surprise**2 / n - 2 * (weight**2 * surprise).mean() * by_value
    by_error = by_spread / (2 * np.sqrt(n * spread) * usual) - error / (n * usual) if spread > 0 else 0.0
    by_weight = np.where(raw < clip, by_value - penalty * by_error, 0.0) / log.propensity
    return float(value - penalty * error), np.asarray(by_weight @ rise)


def value_on(log: Feedback, policy: Policy) -> Estimate:
    """What a policy would have earned on the visits of a log, self-normalised. Errors: as `learn_policy`."""
    known = checked(log, policy)
    return _value(known, _chance(known, policy))


def lower_bound(estimate: Estimate, search: Search) -> float:
    """The lower end of the interval; minus infinity where the log is worth too few visits for it to be believed."""
    return estimate.low if estimate.effective >= search.least else -np.inf


def _chance(log: Feedback, policy: Policy) -> Floats:
    """float64[visits]: how probably a policy shows what was shown."""
    return policy.slope(log.features, log.mask, log.shown)[0]


def _held_out(log: Feedback, start: Policy, search: Search, penalty: float, clip: float) -> Floats:
    """float64[visits]: how probably what the other folds teach shows what was shown."""
    fold = np.arange(len(log.shown)) % search.folds
    chance = np.zeros(len(fold))
    for f in range(search.folds):
        learned = _ascend(log.take(fold != f), start, search, penalty, clip)
        chance[fold == f] = _chance(log.take(fold == f), learned)
    return chance


def _ascend(log: Feedback, start: Policy, search: Search, penalty: float, clip: float) -> Policy:
    """The policy with the highest objective that a climb from `start` finds."""
    from scipy.optimize import minimize

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, rise = objective(log, replace(start, weights=weights), penalty, clip)
        return -value / scale, -rise / scale

    scale = max(float(np.abs(log.reward).mean()), np.finfo(np.float64).tiny)  # the stopping rule asks for a size near 1
    first = np.clip(start.weights, -search.reach, search.reach)
    bounds = [(-search.reach, search.reach)] * len(first)
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": search.steps})
    return replace(start, weights=np.asarray(found.x, np.float64))


def checked(log: Feedback, policy: Policy) -> Feedback:
    """The log as float64, bool and int64 arrays, no feature where there is no candidate. Errors: as `learn_policy`."""
    features, mask = policy.checked(log.features, log.mask)
    reward, propensity = (np.asarray(part, np.float64) for part in (log.reward, log.propensity))
    shown = np.asarray(log.shown)
    if not shown.shape == reward.shape == propensity.shape == mask.shape[:1]:
        shapes = [part.shape for part in (shown, reward, propensity)]
        raise UsageError(f"shown, reward and propensity are [visits], {mask.shape[:1]}; got {shapes}")
    if not (np.issubdtype(shown.dtype, np.integer) and ((shown >= 0) & (shown < mask.shape[1])).all()):
        raise UsageError(
            f"what was shown is the place of a candidate, from 0 to {mask.shape[1] - 1}; got {shown!s:.80}"
        )
    there = mask[np.arange(len(shown)), shown]
    if not there.all():
        visit = int(there.argmin())
        raise UsageError(f"visit {visit} shows candidate {shown[visit]}, and the mask says that there is none")
    log = Feedback(features, mask, shown.astype(np.int64), reward, propensity)
    policy_value(_logged(log), propensity[:, None])  # refuses what no estimate can be made of
    return log


def _value(log: Feedback, chance: Floats) -> Estimate:
    return policy_value(_logged(log), chance[:, None])


def _logged(log: Feedback) -> Logged:
    return Logged(log.reward[:, None], log.propensity[:, None])
