"""`rehearse`: what fitted members answer about held-out tasks at each support size: the little that choosing needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, Self

import numpy as np

from warmstart.engine.answer import class_probabilities, count_moments
from warmstart.engine.bound import Bound
from warmstart.engine.rehearse_ranking import missed, pool, temperature
from warmstart.engine.select import Evidence
from warmstart.engine.settings import Settings
from warmstart.learners.contract import Params
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, at_cut, draw, gather, times_asked
from warmstart.types import Latent

__all__ = ["LOSSES", "Rehearsal", "rehearse", "together"]

LOSSES: Mapping[str, str] = {
    "gaussian": "absolute error of the standardised target",
    "negative_binomial": "absolute error",
    "bernoulli": "log loss",
    "categorical": "log loss",
    "ordinal": "log loss",
    "ranking": "1 - recall@10",
}
"""By likelihood, what members are chosen by: what the first metric of the reports measures."""

_MOST_EPISODES = 4096
_MOST_WANTED = 1000  # of a ranking; all that a task will take counts there
_AT_ONCE = 256
_FEWEST_TASKS = 2
_TINY = 1e-12
_CLASSES = ("bernoulli", "categorical", "ordinal")


@dataclass(frozen=True)
class Rehearsal:
    """The answers of all members."""

    evidence: Evidence
    temperature: np.ndarray
    """float64[members]: of scores; 1 where nothing is ranked."""
    ms_per_task: tuple[float, ...]
    """By member: to adapt to one task with the largest support and predict its query."""
    variance: Sequence[np.ndarray] = ()
    """By support size, of numbers only: predictive variances float64[members, tasks, query]."""
    y: np.ndarray | None = None
    """float64[tasks, query]; of a ranking none."""
    mask: np.ndarray | None = None
    """float64[tasks, query]"""
    measure: Callable[[np.ndarray, np.ndarray, int, np.ndarray], np.ndarray] | None = None
    """float64[tasks]: loss of mixed cells, given `y`, `mask` and the place of the support size."""

    def of(self, members: Sequence[int]) -> Self:
        """The answers of some members alone."""
        some = list(members)
        evidence = replace(self.evidence, said=[each[some] for each in self.evidence.said])
        speed, variance = tuple(self.ms_per_task[i] for i in some), [each[some] for each in self.variance]
        return replace(
            self, evidence=evidence, temperature=self.temperature[some], ms_per_task=speed, variance=variance
        )


@dataclass(frozen=True)
class _Member:
    bound: Bound
    params: Params
    prepared: Any

    def answer(self, batch: Batch) -> Latent:
        """Beliefs [tasks, query], or about the whole catalogue."""
        state = self.bound.adapt(self.params, self.prepared, batch.descriptor, batch.support)
        query = None if self.bound.spec.likelihood == "ranking" else batch.query
        return self.bound.predict(self.params, self.prepared, state, query)

    def milliseconds(self, batch: Batch) -> float:
        """For one task, when nothing is compiled any more."""
        self.answer(batch)
        started = perf_counter()
        self.answer(batch)
        return 1000 * (perf_counter() - started) / len(batch.mask)


def together(parts: Sequence[Rehearsal]) -> Rehearsal:
    """The rehearsals of several folds as one, of the same members; of a ranking there is one fold."""
    if len(parts) == 1:
        return parts[0]
    first, kept = parts[0], [part.evidence for part in parts]
    assert first.measure is not None
    y, mask = (np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "mask"))
    said = [np.concatenate(shot, axis=1) for shot in zip(*(each.said for each in kept), strict=True)]
    variance = [np.concatenate(shot, axis=1) for shot in zip(*(part.variance for part in parts), strict=True)]
    starts = np.cumsum([0, *(int(each.group.max()) + 1 for each in kept)])
    group = np.concatenate([each.group + start for each, start in zip(kept, starts, strict=False)])
    counts = np.concatenate([each.counts for each in kept], axis=1)
    evidence = Evidence(said, partial(first.measure, y, mask), counts, group)
    speed = tuple(np.mean([part.ms_per_task for part in parts], axis=0).tolist())
    return Rehearsal(evidence, first.temperature, speed, variance, y, mask, first.measure)


def rehearse(
    members: Sequence[tuple[Bound, Params]], held: TaskArrays, settings: Settings, cut: int | None = None
) -> Rehearsal:
    """Ask every member about the same episodes of held-out tasks, with `cut` about their rows from that moment on."""
    rng = np.random.default_rng((settings.seed, 13))
    if held.spec.likelihood == "ranking":
        settings = replace(settings, queries=_MOST_WANTED)
    episodes = _episodes(held, settings, rng) if cut is None else _episodes_ahead(held, settings, rng, cut)
    stages = [_batches(held, episodes, k, settings.queries) for k in settings.shots]
    enough = (settings.from_the_first or episodes.support.lengths >= k for k in settings.shots)
    counts = np.stack([np.broadcast_to(each, len(episodes)) for each in enough]).astype(float)
    counts = np.where(counts.sum(axis=1, keepdims=True) >= _FEWEST_TASKS, counts, 1.0)
    group = np.unique(held.group[episodes.task], return_inverse=True)[1]
    asked = [_Member(bound, params, bound.prepare(params, held.catalogue)) for bound, params in members]
    longest = stages[int(np.argmax(settings.shots))][0]
    speed = tuple(member.milliseconds(longest) for member in asked)
    answers, kind = [member.answer for member in asked], held.spec.likelihood
    if kind == "ranking":
        return _ranked(answers, stages, counts, group, speed, rng, barred=settings.novel)
    return _rated(kind, answers, stages, counts, group, speed)


_Answer = Callable[[Batch], Latent]
_Stages = Sequence[Sequence[Batch]]


def _ranked(
    asked: Sequence[_Answer],
    stages: _Stages,
    counts: np.ndarray,
    group: np.ndarray,
    speed: tuple[float, ...],
    rng: np.random.Generator,
    *,
    barred: bool,
) -> Rehearsal:
    degrees = np.array([temperature(answer, [batches[0] for batches in stages]) for answer in asked])
    pools = [pool(asked, degrees, batches, rng, barred=barred) for batches in stages]
    evidence = Evidence([each.said for each in pools], partial(missed, pools), counts, group)
    return Rehearsal(evidence, degrees, speed)


def _rated(
    kind: str,
    asked: Sequence[_Answer],
    stages: _Stages,
    counts: np.ndarray,
    group: np.ndarray,
    speed: tuple[float, ...],
) -> Rehearsal:
    y, mask = (np.concatenate([getattr(batch, name) for batch in stages[0]]).astype(float) for name in ("y", "mask"))
    latents = [[[answer(batch) for batch in batches] for answer in asked] for batches in stages]
    said = [np.stack([_joined(partial(_cells, kind), each, stages[0]) for each in members]) for members in latents]
    spread = [np.stack([_joined(_variance, each, stages[0]) for each in members]) for members in latents]
    measure = {"gaussian": _off, "negative_binomial": _count_off}.get(kind, _surprise)
    evidence = Evidence(said, partial(measure, y, mask), counts, group)
    spreads = spread if kind == "gaussian" else ()
    return Rehearsal(evidence, np.ones(len(asked)), speed, spreads, y, mask, measure)


def _joined(
    make: Callable[[Latent, Batch], np.ndarray], latents: Sequence[Latent], batches: Sequence[Batch]
) -> np.ndarray:
    return np.concatenate([make(latent, batch) for latent, batch in zip(latents, batches, strict=True)])


def _cells(likelihood: str, latent: Latent, batch: Batch) -> np.ndarray:
    """float64[tasks, query]: the mean, of a count its logarithm, or the probability of the true class."""
    if likelihood in _CLASSES:
        true = batch.y.astype(np.int64)[..., None]
        return np.asarray(np.take_along_axis(class_probabilities(latent, likelihood), true, axis=-1)[..., 0])
    if likelihood == "negative_binomial":
        return np.asarray(np.log(count_moments(latent)[0]))
    return np.asarray(latent.mean, np.float64)


def _variance(latent: Latent, _batch: Batch) -> np.ndarray:
    """float64[tasks, query]: of the prediction."""
    return np.asarray(np.zeros(np.shape(latent.mean)) + latent.variance + latent.noise)


def _off(y: np.ndarray, mask: np.ndarray, _shot: int, mixed: np.ndarray) -> np.ndarray:
    """float64[tasks]: mean absolute error."""
    return np.asarray((np.abs(mixed - y) * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), _TINY))


def _count_off(y: np.ndarray, mask: np.ndarray, shot: int, mixed: np.ndarray) -> np.ndarray:
    """float64[tasks]: mean absolute error of counts whose log means were mixed."""
    return _off(y, mask, shot, np.exp(mixed))


def _surprise(_y: np.ndarray, mask: np.ndarray, _shot: int, mixed: np.ndarray) -> np.ndarray:
    """float64[tasks]: mean of -log p of the true class."""
    return np.asarray(-(np.log(np.maximum(mixed, _TINY)) * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), _TINY))


def _episodes(held: TaskArrays, settings: Settings, rng: np.random.Generator) -> Episodes:
    """Nested supports up to the largest size; few tasks are asked several times, too many are thinned out."""
    tasks = np.repeat(rng.permutation(held.n_tasks)[:_MOST_EPISODES], times_asked(held.n_tasks))
    most = max(settings.shots)
    drawn = partial(draw, held, settings.order, shots=max(most, 1), queries=settings.queries, tasks=tasks)
    # A random cut in time would often leave less than the largest support; where tasks are that long, it need not.
    long = drawn(rng=rng, least=most) if settings.order == "time" else None
    episodes = long if long is not None and len(np.unique(long.task)) >= _FEWEST_TASKS else drawn(rng=rng)
    return _full(episodes)


def _episodes_ahead(held: TaskArrays, settings: Settings, rng: np.random.Generator, cut: int) -> Episodes:
    """Every task once, its last rows before the cut being the support, as many as the largest size if two have them."""
    most = max(settings.shots)
    long = at_cut(held, cut, shots=max(most, 1), least=most)
    episodes = long if len(long) >= _FEWEST_TASKS else at_cut(held, cut, shots=max(most, 1), least=0)
    episodes = replace(episodes, query=episodes.query.first(settings.queries * episodes.span))
    return _full(episodes.take(rng.permutation(len(episodes))[:_MOST_EPISODES]))


def _full(episodes: Episodes) -> Episodes:
    """Full batches only, where there are any: one shape, one program."""
    whole = len(episodes) // _AT_ONCE * _AT_ONCE
    return episodes.take(np.arange(whole or len(episodes)))


def _batches(held: TaskArrays, episodes: Episodes, k: int, queries: int) -> list[Batch]:
    """Episodes with k shots, padded to a power of two."""
    short = episodes.shown(k)
    most = k if episodes.given is None else int(short.support.lengths.max(initial=1))
    width = 1 << (max(most, 1) - 1).bit_length()
    starts = range(0, len(episodes), _AT_ONCE)
    parts = (np.arange(start, min(start + _AT_ONCE, len(episodes))) for start in starts)
    return [gather(held, short.take(part), width, queries=queries) for part in parts]
