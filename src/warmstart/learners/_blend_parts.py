"""The three scores that `Blend` mixes, and the trial tasks on which it weighs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from warmstart.learners._interactions import Seen, Within, baskets, pack, repeat_hazard, support_matrix, unpack
from warmstart.learners.item_knn import neighbourhood
from warmstart.learners.popularity import item_counts, smoothed_shares
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, Order, draw

__all__ = ["Trials", "fit_parts", "item_parts", "mean_support", "trial_scores"]

_BATCH = 256
_SHORTLIST = 60  # items of each part that can reach a top ten of the mixture


class Trials(NamedTuple):
    """Shortlists of pseudo-new tasks. An entry that repeats another of its row has -inf in `popular`."""

    repeat: np.ndarray
    """float32[tasks, shortlist]"""
    near: np.ndarray
    """float32[tasks, shortlist]"""
    popular: np.ndarray
    """float32[tasks, shortlist]"""
    hit: np.ndarray
    """bool[tasks, shortlist]: the item is in the query."""
    asked: np.ndarray
    """int64[tasks]: items in the query."""


def fit_parts(
    train: TaskArrays, segment: int | None, strength: float, shrinkage: float, neighbours: int, within: Within = "task"
) -> dict[str, Any]:
    """{"near": P(j | i), "share": float32[segments, items], "hazard": float32[items]}."""
    taken = baskets(train, within, history=300)
    return {
        "near": pack(neighbourhood(taken, "conditional", shrinkage, neighbours)),
        "share": smoothed_shares(item_counts(train, segment), strength).astype(np.float32),
        "hazard": repeat_hazard(train),
    }


def mean_support(state: Seen, items: int) -> sparse.csr_matrix:
    """float32[tasks, items]: support weights that add up to 1 in each task that has any."""
    total = np.maximum(state.weight.sum(axis=1, keepdims=True), 1e-12)
    return support_matrix(Seen(state.item, state.weight / total), items)


def item_parts(parts: Mapping[str, Any], state: Seen) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Repeat hazards of the support items and P(j | support), both sparse [tasks, items]."""
    items = len(parts["hazard"])
    again = support_matrix(state, items)
    again.sum_duplicates()
    again.data = parts["hazard"][again.indices]
    return again, mean_support(state, items) @ unpack(parts["near"])


def trial_scores(
    parts: Mapping[str, Any], asked: TaskArrays, segment: int | None, shots: tuple[int, ...], rng: np.random.Generator
) -> list[Trials]:
    """Shortlists of tasks that `parts` has not seen, one for each of the support sizes `shots`."""
    episodes = draw(asked, _order_of(asked), rng, shots=max(shots), queries=1000, least=1)
    starts = range(0, len(episodes), _BATCH)
    batches = [episodes.take(np.arange(s, min(s + _BATCH, len(episodes)))) for s in starts]
    return [_shortlist(parts, asked, segment, batch, k) for batch in batches for k in shots]


def _shortlist(parts: Mapping[str, Any], asked: TaskArrays, segment: int | None, episodes: Episodes, k: int) -> Trials:
    index = episodes.support.padded(k)
    weight = (index >= 0).astype(np.float32)
    item = np.where(index >= 0, asked.item[np.maximum(index, 0)], -1)
    code = 0 if segment is None else asked.descriptor.codes[episodes.task, segment]
    share = parts["share"][np.broadcast_to(code, len(episodes))]
    again, near = (part.toarray() for part in item_parts(parts, Seen(item, weight)))
    short = min(_SHORTLIST, share.shape[1])
    tops = [np.argpartition(-score, short - 1, axis=1)[:, :short] for score in (near, share)]
    chosen = np.sort(np.concatenate([*tops, np.where(item < 0, tops[0][:, :1], item)], axis=1), axis=1)
    hit = np.zeros(share.shape, dtype=bool)
    hit[episodes.query.owner, asked.item[episodes.query.values]] = True
    again, near, share, hit = (np.take_along_axis(part, chosen, axis=1) for part in (again, near, share, hit))
    share[:, 1:][chosen[:, 1:] == chosen[:, :-1]] = -np.inf
    return Trials(again, near, share, hit, episodes.query.lengths)


def _order_of(train: TaskArrays) -> Order:
    """First moment against later ones; any against any where there is no time."""
    return "session" if train.time.any() else "random"
