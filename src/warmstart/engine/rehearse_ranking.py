"""Rankings of held-out tasks: the temperature of each member's scores, and the few items that matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from warmstart.engine.mixture import item_probabilities
from warmstart.tasks.episodes import Batch
from warmstart.types import Latent

__all__ = ["Pool", "missed", "pool", "temperature"]

_POOL = 50  # best items of each member; an item that none of them likes that well hardly reaches the mixture's ten
_TOP = 10
_TASKS = 64
_DEGREES = np.geomspace(0.02, 20, 17)  # times the spread of the scores
_JITTER = 1e-6  # puts equal scores in random order
_TINY = 1e-30


class Pool(NamedTuple):
    """The items that matter to each task at one support size."""

    said: np.ndarray
    """float32[members, tasks, pool]: probabilities; 0 for an item that stands there twice"""
    wanted: np.ndarray
    """bool[tasks, pool]: whether the item is relevant"""
    relevant: np.ndarray
    """float64[tasks]: number of relevant items, in the pool or not"""


def temperature(answer: Callable[[Batch], Latent], batches: Sequence[Batch]) -> float:
    """That at which the softmax over the catalogue gives the chosen items the highest likelihood, on a grid."""
    scores = [np.asarray(answer(batch).mean, np.float32)[:_TASKS] for batch in batches]
    spread = float(np.mean([each.std(axis=1).mean() for each in scores]))
    if spread == 0:
        return 1.0
    degrees = spread * _DEGREES
    return float(degrees[int(np.argmax([_log_likelihood(scores, batches, degree) for degree in degrees]))])


def pool(
    asked: Sequence[Callable[[Batch], Latent]],
    degrees: np.ndarray,
    batches: Sequence[Batch],
    rng: np.random.Generator,
    *,
    barred: bool = False,
) -> Pool:
    """What all members say of the best items of any of them; only one batch of whole catalogues is in memory.

    `barred` takes the items of each support out of the ranking and of what is wanted.
    """
    parts = [_pool([answer(batch).mean for answer in asked], degrees, batch, rng, barred=barred) for batch in batches]
    said, wanted, relevant = zip(*parts, strict=True)
    return Pool(np.concatenate(said, axis=1), np.concatenate(wanted), np.concatenate(relevant))


def missed(pools: Sequence[Pool], shot: int, mixed: np.ndarray) -> np.ndarray:
    """float64[tasks]: 1 - recall@10 of the order that `mixed` [tasks, pool] gives."""
    _, wanted, relevant = pools[shot]
    top = np.argpartition(-mixed, min(_TOP, mixed.shape[1]) - 1, axis=1)[:, :_TOP]
    return np.asarray(1 - np.take_along_axis(wanted, top, axis=1).sum(axis=1) / relevant)


def _log_likelihood(scores: Sequence[np.ndarray], batches: Sequence[Batch], degree: float) -> float:
    total = 0.0
    for each, batch in zip(scores, batches, strict=True):
        item, mask = batch.query.item[: len(each)], batch.mask[: len(each)] > 0
        chosen = np.take_along_axis(item_probabilities(each, degree), np.maximum(item, 0), axis=1)
        total += float(np.log(np.maximum(chosen, _TINY))[mask].mean())
    return total


def _pool(
    scores: Sequence[np.ndarray], degrees: np.ndarray, batch: Batch, rng: np.random.Generator, *, barred: bool
) -> Pool:
    said = [item_probabilities(each, degree) for each, degree in zip(scores, degrees, strict=True)]
    said = [each * (1 + np.float32(_JITTER) * rng.random(each.shape, dtype=np.float32)) for each in said]
    own = np.where(batch.support.weight > 0, batch.support.item, -1) if barred else np.full((len(batch.mask), 1), -1)
    task, place = np.nonzero(own >= 0)
    for each in said:
        each[task, own[task, place]] = 0
    most = min(_POOL, said[0].shape[1])
    item = np.sort(np.concatenate([np.argpartition(-each, most - 1, axis=1)[:, :most] for each in said], axis=1))
    fresh = np.diff(item, axis=1, prepend=-1) > 0
    kept = np.stack([np.take_along_axis(each, item, axis=1) * fresh for each in said])
    repeated = (batch.query.item[:, :, None] == own[:, None, :]).any(axis=2)
    asked = np.where((batch.mask > 0) & ~repeated, batch.query.item, -1)
    wanted = (item[:, :, None] == asked[:, None, :]).any(axis=2) & fresh
    return Pool(kept, wanted, np.maximum((asked >= 0).sum(axis=1), 1).astype(np.float64))
