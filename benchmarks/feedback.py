"""`guide`: a policy that learns from clicks, round after round, in Ta-Feng visits: `python -m benchmarks.feedback`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.guide_visits import visits
from warmstart.decide.policy import Policy
from warmstart.evaluate.bootstrap import Interval, paired_difference
from warmstart.evaluate.improve_policy import Improvement, improve_policy
from warmstart.evaluate.learn_policy import Feedback, Search

_CUTOFF = dt.datetime(2000, 12, 8)  # later visits are all there until 2001, then one in ten
_LEARNERS = ("blend", "popularity", "segment_popularity", "category_popularity", "item_knn", "ease")
_RIVALS = "blend", "item_knn"
_EACH, _CANDIDATES = 10, 50
_FLOOR = 1e-3  # added to a share, so that none is minus infinity as a logarithm
_EXPLORE, _ROUNDS, _SEEDS = 0.1, 6, 3


class Pages(NamedTuple):
    """Visits in the order of time, with what could be shown."""

    features: np.ndarray
    """float64[visits, candidates, features]: log share among the candidates, by each learner."""
    mask: np.ndarray
    """bool[visits, candidates]"""
    wanted: np.ndarray
    """bool[visits, candidates]: what the visit still takes."""

    def part(self, chosen: slice | np.ndarray) -> Pages:
        """Some visits."""
        return Pages(*(each[chosen] for each in self))


def pages() -> Pages:
    """The candidates of a visit are the first ten of each learner, best ranks first, 50 at most."""
    times, found = [], []
    for time, shares, wanted in visits(_LEARNERS, _CUTOFF):
        times.append(time)
        found.append(_candidates(shares, wanted))
    together = Pages(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return together.part(np.argsort(np.concatenate(times), kind="stable"))


def _candidates(shares: dict[str, np.ndarray], wanted: np.ndarray) -> Pages:
    """Of shares [visits, items] by learner and what is wanted [visits, items]."""
    place = np.full(wanted.shape, _EACH, np.int8)
    for share in shares.values():
        first = np.argpartition(-share, _EACH, axis=1)[:, :_EACH]
        best = np.take_along_axis(first, np.argsort(-np.take_along_axis(share, first, 1), axis=1), 1)
        np.put_along_axis(place, best, np.minimum(np.take_along_axis(place, best, 1), np.arange(_EACH)), 1)
    items = np.argsort(place, axis=1, kind="stable")[:, :_CANDIDATES]
    mask = np.take_along_axis(place, items, 1) < _EACH
    share = np.stack([np.take_along_axis(shares[name], items, 1) for name in _LEARNERS], axis=2) * mask[..., None]
    share /= share.sum(axis=1, keepdims=True)
    return Pages(np.log(share + _FLOOR), mask, np.take_along_axis(wanted, items, 1) & mask)


def one_hot(learner: str) -> Policy:
    """Draws by the share of one learner."""
    return Policy(np.array([name == learner for name in _LEARNERS], np.float64), _EXPLORE)


def clicks(policy: Policy, page: Pages) -> np.ndarray:
    """float64[visits]: how probably what is shown is taken: the truth."""
    return np.asarray((policy.probabilities(page.features, page.mask) * page.wanted).sum(axis=1))


def best_clicks(policy: Policy, page: Pages) -> np.ndarray:
    """float64[visits]: 1 where the candidate with the highest score is taken."""
    best = policy.probabilities(page.features, page.mask).argmax(axis=1)
    return page.wanted[np.arange(len(best)), best].astype(np.float64)


def shown(policy: Policy, page: Pages, rng: np.random.Generator) -> Feedback:
    """What a visit logs."""
    chance = policy.probabilities(page.features, page.mask)
    drawn = (chance.cumsum(axis=1) > rng.random((len(chance), 1)) * chance.sum(axis=1, keepdims=True)).argmax(axis=1)
    at = np.arange(len(drawn)), drawn
    return Feedback(page.features, page.mask, drawn, page.wanted[at].astype(np.float64), chance[at])


def learned(rounds: list[Pages], seed: int) -> tuple[list[Policy], list[Improvement]]:
    """The policy deployed in each round, the first by `blend`'s share, and the decision after each but the last."""
    rng = np.random.default_rng(seed)
    deployed = [one_hot(_LEARNERS[0])]
    log = shown(deployed[0], rounds[0], rng)
    decisions = []
    for later in rounds[1:]:
        decisions.append(improve_policy(deployed[-1], log))
        deployed.append(decisions[-1].policy)
        log = log.then(shown(deployed[-1], later, rng))
    return deployed, decisions


def informed(rounds: list[Pages]) -> list[Policy]:
    """The policy of each round with the weights that had been best before it, had all wishes been known."""
    policies = [one_hot(_LEARNERS[0])]
    bounds = [(-Search().reach, Search().reach)] * len(_LEARNERS)
    for r in range(1, len(rounds)):
        known = Pages(*(np.concatenate(parts) for parts in zip(*rounds[:r], strict=True)))
        found = minimize(_missed, policies[-1].weights, args=(known,), jac=True, bounds=bounds)
        policies.append(Policy(found.x, _EXPLORE))
    return policies


def _missed(weights: np.ndarray, page: Pages) -> tuple[float, np.ndarray]:
    """Minus 100 times the mean clicks, with the derivative."""
    visit, candidate = np.nonzero(page.wanted)
    policy, total = Policy(weights, _EXPLORE), len(page.mask)
    chance, rise = policy.slope(page.features[visit], page.mask[visit], candidate)
    return -100 * chance.sum() / total, -100 * rise.sum(axis=0) / total


def lines() -> Iterator[str]:
    """Clicks in 1,000 visits by policy and round, drawn and of the best candidate; the decision after each round."""
    every = pages()
    rounds = [every.part(each) for each in np.array_split(np.arange(len(every.mask)), _ROUNDS)]
    runs = [learned(rounds, seed) for seed in range(_SEEDS)]
    hopeful = 1000 * every.wanted.any(axis=1).mean()
    yield f"{len(every.mask):,} visits in {_ROUNDS} rounds; {hopeful:.0f} in 1,000 take a candidate"
    policies = {name: [[one_hot(name)] * _ROUNDS] for name in _LEARNERS}
    policies |= {
        "learned from clicks": [deployed for deployed, _ in runs],
        "learned from all wishes": [informed(rounds)],
    }
    for what, worth in (("drawn", clicks), ("the best shown", best_clicks)):
        told = {name: _by_round(of, rounds, worth) for name, of in policies.items()}
        yield from ("", f"Clicks in 1,000, {what}:", "")
        yield from _table(told)
    yield ""
    for seed, (_, decisions) in enumerate(runs):
        yield from (f"seed {seed}, after round {r}: {each.why}" for r, each in enumerate(decisions))


def _by_round(
    policies: list[list[Policy]], rounds: list[Pages], worth: Callable[[Policy, Pages], np.ndarray]
) -> list[np.ndarray]:
    """By round, float64[seeds, visits]: of policies by seed and round."""
    return [np.stack([worth(of[r], page) for of in policies]) for r, page in enumerate(rounds)]


def _table(told: dict[str, list[np.ndarray]]) -> Iterator[str]:
    """By policy and round; and how far ahead of two learners' own policies it is after the first round."""
    names = [*(f"round {r}" for r in range(_ROUNDS)), *(f"more than {rival}" for rival in _RIVALS)]
    yield f"| policy | {' | '.join(names)} |"
    yield "|---" * (1 + len(names)) + "|"
    later = {name: np.concatenate([each.mean(axis=0) for each in by_round[1:]]) for name, by_round in told.items()}
    for name, by_round in told.items():
        means = [f"{1000 * each.mean():.1f}" for each in by_round]
        ahead = [_span(paired_difference(later[name], later[rival])) for rival in _RIVALS]
        yield f"| {name} | {' | '.join(means + ahead)} |"


def _span(of: Interval) -> str:
    """Of clicks in 1,000."""
    return f"{1000 * of.mean:.1f} ({1000 * of.low:.1f} to {1000 * of.high:.1f})"


if __name__ == "__main__":
    print("\n".join(lines()))
