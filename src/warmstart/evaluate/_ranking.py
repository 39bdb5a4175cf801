"""Rankings: the best items of each task out of a whole catalogue, and how good an order is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warmstart.errors import InternalError, UsageError
from warmstart.evaluate._masked import Floats
from warmstart.tasks.ragged import Ragged

__all__ = ["catalogue_coverage", "ranking_metrics", "rated_ndcg", "top_n"]

Integers = npt.NDArray[np.int64]

_BLOCK = 256  # tasks whose scores are copied at a time: bounds memory, stays in cache
_SHORT, _LONG = 10, 20


def top_n(
    scores: npt.NDArray[np.floating], n: int, rng: np.random.Generator, exclude: Ragged | None = None
) -> Integers:
    """int64[tasks, n]: the n best items of each task, best first, equal scores in random order.

    `scores` is [tasks, items], float32 for speed. Minus infinity keeps an item out, and so does its index in list t of
    `exclude`. Where fewer than n items are left, -1 fills up. NaN or plus infinity is an `InternalError`.
    """
    best = np.full((len(scores), n), -1, dtype=np.int64)
    for start in range(0, len(scores), _BLOCK):
        cost = np.negative(scores[start : start + _BLOCK])
        if not (cost > -np.inf).all():
            raise InternalError("top_n: a score is NaN or plus infinity")
        if exclude is not None:
            lists = exclude.take(np.arange(start, start + len(cost)))
            cost[lists.owner, lists.values] = np.inf
        found = _cheapest(cost, min(n, cost.shape[1]), rng)
        best[start : start + len(cost), : found.shape[1]] = found
    return best


def _cheapest(cost: npt.NDArray[np.floating], n: int, rng: np.random.Generator) -> Integers:
    """Costs, not scores: the partial sort is many times slower at the high end where most items are tied."""
    chosen = np.argpartition(cost, n - 1, axis=1)[:, :n]
    value = np.take_along_axis(cost, chosen, axis=1)
    last = value.max(axis=1, keepdims=True)
    tied = np.flatnonzero((cost == last).sum(axis=1) > (value == last).sum(axis=1))
    if len(tied):  # more items share the last place than fit: draw among them
        chosen[tied] = _draw_last(cost[tied], last[tied], n, rng)
        value = np.take_along_axis(cost, chosen, axis=1)
    order = np.lexsort((rng.random(chosen.shape), value), axis=1)
    found = np.take_along_axis(chosen, order, axis=1)
    return np.where(np.take_along_axis(value, order, axis=1) < np.inf, found, -1)


def _draw_last(
    cost: npt.NDArray[np.floating], last: npt.NDArray[np.floating], n: int, rng: np.random.Generator
) -> Integers:
    """n items: those cheaper than `last` [tasks, 1] and a fair draw of those at it."""
    key = rng.random(cost.shape, dtype=np.float32)
    key[cost < last] = -1.0
    key[cost > last] = 2.0
    return np.argpartition(key, n - 1, axis=1)[:, :n]


def _hits(top: Integers, relevant: Ragged) -> tuple[npt.NDArray[np.bool_], Integers]:
    """bool[tasks, n]: is the item relevant; int64[tasks]: number of distinct relevant items."""
    width = 1 + max(top.max(initial=0), relevant.values.max(initial=0))
    wanted = np.unique(relevant.owner * width + relevant.values)
    keys = np.arange(len(top))[:, None] * width + top
    place = np.searchsorted(wanted, keys)
    hit = (top >= 0) & (np.append(wanted, -1)[place] == keys)
    return hit, np.bincount(wanted // width, minlength=len(top))


def _discount(n: int) -> Floats:
    return 1 / np.log2(np.arange(2, n + 2))


def ranking_metrics(top: Integers, relevant: Ragged) -> dict[str, Floats]:
    """recall@10, recall@20, ndcg@10, hit@10 and mrr of `top` [tasks, n >= 20], as trec_eval defines them, binary gain.

    `relevant` holds each task's relevant item indices; a task without any is NaN. The ideal order puts
    min(10, number relevant) of them first. `mrr` is trec_eval's recip_rank of a list of 20: one over the place of the
    first relevant item, 0 where none is shown.
    """
    if len(top) != len(relevant) or top.shape[1] < _LONG:
        raise UsageError(f"ranking metrics need {_LONG} items for each of {len(relevant)} tasks; got {top.shape}")
    hit, wanted = _hits(top, relevant)
    size = np.where(wanted > 0, wanted, np.nan)
    short = hit[:, :_SHORT]
    ideal = np.append(0.0, np.cumsum(_discount(_SHORT)))[np.minimum(wanted, _SHORT)]
    return {
        "recall@10": short.sum(axis=1) / size,
        "recall@20": hit[:, :_LONG].sum(axis=1) / size,
        "ndcg@10": short @ _discount(_SHORT) / np.where(wanted > 0, ideal, np.nan),
        "hit@10": np.where(wanted > 0, short.any(axis=1), np.nan),
        "mrr": np.where(wanted > 0, (hit[:, :_LONG] / np.arange(1, _LONG + 1)).max(axis=1), np.nan),
    }


def catalogue_coverage(top: Integers, items: int, n: int = _SHORT) -> float:
    """Share of the `items` in the catalogue that stand among the first n of any task; `top` is [tasks, >= n]."""
    shown = np.unique(top[:, :n])
    return float((shown >= 0).sum() / items)


def rated_ndcg(y: Floats, score: Floats, mask: Floats, rng: np.random.Generator, n: int = 5) -> Floats:
    """float64[tasks]: nDCG@n over a task's own rated query items, gain 2^y - 1, equal scores in random order.

    All arguments [tasks, query]. A random order of ten items already reaches about 0.65: never read it alone.
    """
    rated = mask > 0
    gain = np.where(rated, np.exp2(np.where(rated, y, 0.0)) - 1, 0.0)
    order = np.lexsort((rng.random(gain.shape), np.where(rated, -score, np.inf)), axis=1)
    width = min(n, gain.shape[1])
    got = np.take_along_axis(gain, order[:, :width], axis=1) @ _discount(width)
    ideal = -np.sort(-gain, axis=1)[:, :width] @ _discount(width)
    return np.asarray(got / np.where(ideal > 0, ideal, np.nan))
