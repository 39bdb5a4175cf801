"""`judge`: one fitted learner on one trial: every metric of every episode at every support size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple

import jax
import numpy as np

from warmstart.engine.answer import class_probabilities, count_moments
from warmstart.engine.bound import Bound
from warmstart.evaluate._forecast import mase, naive_error, quantile_metrics
from warmstart.evaluate._survival import Watched, survival_metrics
from warmstart.evaluate.calibration import CALIBRATION, class_calibration, number_calibration
from warmstart.evaluate.metrics import (
    catalogue_coverage,
    classification_metrics,
    level_metrics,
    qwk,
    ranking_metrics,
    rated_ndcg,
    regression_metrics,
    top_n,
    unit_metrics,
    uplift_metrics,
)
from warmstart.learners.contract import Params
from warmstart.tables.target import TargetEncoder
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, buckets, gather
from warmstart.tasks.ragged import Ragged
from warmstart.types import Latent

__all__ = ["Ask", "Score", "judge"]

_TASKS_AT_ONCE = 256
_FEW = 32  # so few tasks are not worth filling up
_TOP = 20
_TWO = 2


class Score(NamedTuple):
    """Values of one metric over the episodes of a slice at one support size."""

    slice: str
    k: int | None
    metric: str
    values: np.ndarray
    """float64[episodes]; NaN where an episode does not define it. Of "calibration" float64[episodes, 3, bins]."""
    ms_per_task: float


class Ask(NamedTuple):
    """How episodes are asked."""

    shots: tuple[int | None, ...]
    """Support sizes; None takes each episode's whole support."""
    slice: str
    seed: int
    """Of equal scores' order."""
    barred: np.ndarray | None = None
    """bool[items]: what may not be shown of a ranking, if anything."""
    quantiles: bool = False
    """Whether numbers and counts are judged by the quantiles of their predictions too."""


class _Chunk(NamedTuple):
    batch: Batch
    latent: Latent
    asked: np.ndarray
    """int64[tasks]: query rows that are no padding"""


def judge(
    bound: Bound,
    params: Params,
    arrays: TaskArrays,
    episodes: Episodes,
    target: TargetEncoder,
    ask: Ask,
) -> Iterator[Score]:
    """Scores at every support size; of a ranking also on the slice "novel": no support item is shown or wanted.

    A wanted item that the catalogue does not know cannot be shown: it is a miss.
    """
    prepared = bound.prepare(params, arrays.catalogue)
    ranking = bound.spec.likelihood == "ranking"
    asked = -(-int(episodes.query.lengths.max(initial=1)) // episodes.span)
    measured = bound.spec.likelihood in ("gaussian", "negative_binomial")
    naive = naive_error(arrays, episodes, target) if measured else np.full(len(episodes), np.nan)
    watched = Watched.of(arrays, episodes)

    def answer(batch: Batch) -> Latent:
        state = bound.adapt(params, prepared, batch.descriptor, batch.support)
        return bound.predict(params, prepared, state, None if ranking else batch.query)

    for k in ask.shots:
        found: dict[tuple[str, str], np.ndarray] = {}
        shown: dict[str, list[np.ndarray]] = {}
        ms: list[float] = []
        told = episodes.shown(int(episodes.support.lengths.max(initial=0)) if k is None else k)
        for members, width in buckets(told, int(told.support.lengths.max(initial=0)), _TASKS_AT_ONCE):
            full = np.resize(members, _TASKS_AT_ONCE) if len(members) > _FEW else members  # one shape, one program
            batch = gather(arrays, told.take(full), width, queries=asked)
            latent = answer(batch)
            if not ms:
                ms.append(_milliseconds(answer, batch) / len(full))
            chunk = _first(_Chunk(batch, latent, told.query.lengths[full]), len(members))
            rng = np.random.default_rng((ask.seed, int(members[0])))
            scored = _ranked(chunk, ask, rng, shown) if ranking else {ask.slice: _rated(chunk, target, bound, rng)}
            if measured and ask.quantiles:
                scored[ask.slice] |= quantile_metrics(chunk.latent, chunk.batch, target)
            if watched is not None:
                scored[ask.slice] |= survival_metrics(*_hazards(chunk), watched)
            if not np.isnan(naive).all():
                scored[ask.slice] |= {"mase": mase(scored[ask.slice]["unit_mae"], naive[members])}
            for name, metrics in scored.items():
                for metric, values in metrics.items():
                    empty = np.full((len(episodes), *values.shape[1:]), np.nan)
                    found.setdefault((name, metric), empty)[members] = values
        for (name, metric), values in found.items():
            yield Score(name, k, metric, values, ms[0])
        for name, tops in shown.items():
            covered = catalogue_coverage(np.concatenate(tops), bound.spec.items)
            yield Score(name, k, "coverage@10", np.full(len(episodes), covered), ms[0])


def _hazards(chunk: _Chunk) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether the event came, how probable that was said to be, and the weight, [tasks, query] each."""
    return chunk.batch.y, class_probabilities(chunk.latent, "bernoulli")[..., 1], chunk.batch.mask


def _milliseconds(answer: Callable[[Batch], Latent], batch: Batch) -> float:
    """Of a call that has been made before, so that nothing is compiled in it."""
    started = perf_counter()
    answer(batch)
    return 1000 * (perf_counter() - started)


def _first(chunk: _Chunk, n: int) -> _Chunk:
    """The first n tasks of a chunk."""
    total = len(chunk.batch.mask)

    def cut(leaf: np.ndarray) -> np.ndarray:
        return leaf[:n] if np.ndim(leaf) and len(leaf) == total else leaf

    return _Chunk(*jax.tree.map(cut, tuple(chunk)))


def _ranked(
    chunk: _Chunk, ask: Ask, rng: np.random.Generator, shown: dict[str, list[np.ndarray]]
) -> dict[str, dict[str, np.ndarray]]:
    scores = np.asarray(chunk.latent.mean, np.float32)
    if ask.barred is not None:
        scores = np.where(ask.barred, np.float32(-np.inf), scores)
    query, support = _wanted(chunk, scores.shape[1]), _items(chunk.batch.support.item)
    part = ask.slice
    novel = "novel" if part == "all" else f"{part} novel"
    top = top_n(scores, _TOP, rng)
    fresh = top_n(scores, _TOP, rng, exclude=support)
    shown.setdefault(part, []).append(top)
    shown.setdefault(novel, []).append(fresh)
    return {part: ranking_metrics(top, query), novel: ranking_metrics(fresh, _without(query, support))}


def _wanted(chunk: _Chunk, items: int) -> Ragged:
    """Lists of the items asked for; one that no catalogue knows has a number of its own, beyond all of the `items`."""
    index = chunk.batch.query.item
    place = np.arange(index.shape[1])
    return _items(np.where((index < 0) & (place < chunk.asked[:, None]), items + place, index))


def _items(index: np.ndarray) -> Ragged:
    """Lists of the catalogue indices [tasks, any] that are not padding."""
    shape = Ragged.from_lengths(np.full(len(index), index.shape[1]))
    return Ragged(index.ravel(), shape.offsets).where(index.ravel() >= 0)


def _without(lists: Ragged, others: Ragged) -> Ragged:
    """The same lists without what the other list of the same place holds."""
    width = 1 + max(lists.values.max(initial=0), others.values.max(initial=0))
    return lists.where(~np.isin(lists.owner * width + lists.values, others.owner * width + others.values))


def _rated(chunk: _Chunk, target: TargetEncoder, bound: Bound, rng: np.random.Generator) -> dict[str, np.ndarray]:
    latent, batch = chunk.latent, chunk.batch
    y, mask = batch.y, batch.mask
    match target.likelihood:
        case "bernoulli" | "categorical":
            probability = class_probabilities(latent, target.likelihood)
            metrics = classification_metrics(y.astype(np.int64), probability, mask)
            two = probability.shape[-1] == _TWO
            return metrics | ({CALIBRATION: class_calibration(y, probability[..., 1], mask)} if two else {})
        case "ordinal":
            probability = class_probabilities(latent, target.likelihood)
            metrics = classification_metrics(y.astype(np.int64), probability, mask)
            return metrics | level_metrics(y.astype(np.int64), probability, target.levels, mask)
        case "negative_binomial":
            mean, variance = count_moments(latent)
            metrics = regression_metrics(y, mean, variance, mask) | unit_metrics(y, mean, mask)
            return metrics | {CALIBRATION: number_calibration(y, mean, variance, mask)}
        case _:
            scale, (low, high) = target.scale, target.bounds or (-np.inf, np.inf)
            mean = np.clip(latent.mean * scale + target.shift, low, high)
            variance = (latent.variance + latent.noise) * scale**2
            truth = y * scale + target.shift
            metrics = regression_metrics(truth, mean, variance, mask)
            metrics |= {CALIBRATION: number_calibration(truth, mean, variance, mask)}
            sold, foreseen = (np.exp(part) if target.log else part for part in (truth, mean))
            metrics |= unit_metrics(sold, foreseen, mask)
            if target.bounds is not None:
                metrics["qwk"] = qwk(np.round(truth), np.round(mean), mask)
            if bound.spec.effect:
                metrics |= uplift_metrics(truth, mean, mask)
            rated = bound.spec.items > 0
            return metrics | ({"ndcg@5": rated_ndcg(truth, latent.mean, mask, rng)} if rated else {})
