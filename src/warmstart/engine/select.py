"""`select`: which members to mix, and how much of each, by the number of support rows; pure arithmetic on losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Evidence", "contenders", "neighbours", "select", "single_losses"]

_KERNEL = 0.25  # weight of each neighbouring support size; this one has what is left
_LEAST = 0.05  # a member with less is noise of the bagging
_CLEARLY = 2.0  # standard errors
_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Evidence:
    """What members answered on held-out tasks, and how a mixture of the answers is judged."""

    said: Sequence[np.ndarray]
    """By support size, float[members, tasks, cells]: what is mixed linearly."""
    loss: Callable[[int, np.ndarray], np.ndarray]
    """float64[tasks]: loss at this place of the support sizes of the mixed cells [tasks, cells]."""
    counts: np.ndarray
    """float64[shots, tasks]: 1 where a task has that many support rows, else 0."""
    group: np.ndarray
    """int64[tasks]: from 0 upwards; tasks of a group are drawn together."""

    def losses(self, shot: int, weights: np.ndarray) -> np.ndarray:
        """float64[tasks] of the mixture by `weights` [members]."""
        return self.loss(shot, np.tensordot(weights, self.said[shot], axes=1))

    def mean(self, shot: int, weights: np.ndarray) -> float:
        """Mean loss over the tasks that count."""
        return float(np.average(self.losses(shot, weights), weights=self.counts[shot]))


def single_losses(evidence: Evidence) -> np.ndarray:
    """float64[shots, members]: the mean loss of every member alone."""
    members = np.eye(len(evidence.said[0]))
    return np.array([[evidence.mean(shot, one) for one in members] for shot in range(len(evidence.said))])


def select(
    evidence: Evidence, *, rounds: int, bags: int, seed: int, every: bool = False, favour: bool = False
) -> np.ndarray:
    """Weights float64[shots, members] that sum to 1 at each support size.

    Greedy forward selection with replacement on each of `bags` bootstrap samples of the groups (Caruana 2004, 2.1 and
    2.3), on a loss that counts neighbouring support sizes a quarter each: what holds at 2 and 10 rows is likely at 5.
    Then, size by size, the weights move towards the best single member until they are no worse than it there. With
    `every` all members start with one vote, and none is dropped. With `favour` the first member stands alone where the
    mixture is not clearly better than it: by more than two standard errors over groups.
    """
    alone = single_losses(evidence)
    found = []
    for shot, weights in enumerate(_voted(evidence, rounds, bags, seed, int(every))):
        kept = weights if every else _no_worse(evidence, shot, _pruned(weights), alone[shot])
        found.append(_first_alone(evidence, shot, kept) if favour else kept)
    return np.array(found)


def contenders(evidence: Evidence, *, rounds: int, bags: int, seed: int) -> list[int]:
    """Members that a mixture may want when more groups are asked: at some support size they are the best alone, or
    have as many votes as a member must that stays in the mixture."""
    voted = _voted(evidence, rounds, bags, seed, 0)
    best = single_losses(evidence).argmin(axis=1)
    return [int(i) for i in np.union1d(np.flatnonzero((voted >= _LEAST).any(axis=0)), best)]


def _voted(evidence: Evidence, rounds: int, bags: int, seed: int, start: int) -> np.ndarray:
    """Shares float64[shots, members] of the votes, the mean over bags."""
    means = _Means(evidence, _bootstrap(evidence.group, bags, np.random.default_rng((seed, 12))))
    first = np.full((bags, len(evidence.said[0])), start)
    votes = np.array([_greedy(means, kernel, first, rounds) for kernel in neighbours(len(evidence.said))])
    return np.asarray((votes / votes.sum(axis=2, keepdims=True)).mean(axis=1))


@dataclass(frozen=True)
class _Means:
    """Mean losses of mixtures on every bootstrap sample; each mixture is judged once."""

    evidence: Evidence
    drawn: np.ndarray
    """float64[bags, tasks]: how often each task was drawn."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_held", {})

    def at(self, shot: int, votes: np.ndarray) -> np.ndarray:
        """float64[bags]"""
        held: dict[tuple[int, bytes], np.ndarray] = vars(self)["_held"]
        key = (shot, votes.tobytes())
        if key not in held:
            losses = self.evidence.losses(shot, votes / votes.sum())
            weight = self.drawn * self.evidence.counts[shot]
            held[key] = weight @ losses / np.maximum(weight.sum(axis=1), 1e-9)
        return held[key]


def _bootstrap(group: np.ndarray, bags: int, rng: np.random.Generator) -> np.ndarray:
    """float64[bags, tasks]: how often each bag holds each task."""
    groups = int(group.max()) + 1
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=bags)
    return np.asarray(drawn[:, group], np.float64)


def neighbours(shots: int) -> np.ndarray:
    """float64[shots, shots]: how much each support size counts for each; beyond the ends lies the end itself."""
    at = np.arange(shots)
    kernel = np.eye(shots) * (1 - 2 * _KERNEL)
    np.add.at(kernel, (at, np.maximum(at - 1, 0)), _KERNEL)
    np.add.at(kernel, (at, np.minimum(at + 1, shots - 1)), _KERNEL)
    return kernel


def _greedy(means: _Means, kernel: np.ndarray, start: np.ndarray, rounds: int) -> np.ndarray:
    """Votes int64[bags, members]: in each round a bag gives one more vote, to whom it helps most."""
    near = np.flatnonzero(kernel)
    votes, best = start.copy(), start.copy()
    lowest = np.full(len(start), np.inf)
    for _ in range(rounds):
        for held in np.unique(votes, axis=0):
            bags = np.flatnonzero((votes == held).all(axis=1))
            more = held + np.eye(len(held), dtype=held.dtype)
            value = np.array([sum(kernel[j] * means.at(int(j), each)[bags] for j in near) for each in more])
            votes[bags] = more[value.argmin(axis=0)]
            better = value.min(axis=0) < lowest[bags]
            lowest[bags[better]] = value.min(axis=0)[better]
            best[bags[better]] = votes[bags[better]]
    return best


def _pruned(weights: np.ndarray) -> np.ndarray:
    kept = np.where(weights < min(_LEAST, weights.max()), 0.0, weights)
    return np.asarray(kept / kept.sum())


def _first_alone(evidence: Evidence, shot: int, weights: np.ndarray) -> np.ndarray:
    """The first member alone, unless the mixture is clearly better than it."""
    first = np.eye(len(weights))[0]
    counts = np.bincount(evidence.group, evidence.counts[shot])
    gain = evidence.counts[shot] * (evidence.losses(shot, first) - evidence.losses(shot, weights))
    mean = gain.sum() / counts.sum()
    off = np.bincount(evidence.group, gain) - mean * counts
    return weights if mean > _CLEARLY * np.sqrt((off**2).sum()) / counts.sum() else first


def _no_worse(evidence: Evidence, shot: int, weights: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """The weights, moved towards the best single member by the least step after which they are no worse than it."""
    best = np.eye(len(alone))[alone.argmin()]
    moved = ((1 - step) * weights + step * best for step in _STEPS)
    return next(each for each in moved if evidence.mean(shot, each) <= alone.min() or (each == best).all())
