"""Visits of `guide` after their second event, and with which share several learners would show each item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.evaluate.protocols import protocol
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import gather

_SHOTS, _SEED, _TINY, _AT_ONCE = 2, 0, 1e-9, 256
_IN_LOGS = ("popularity", "segment_popularity", "category_popularity")  # scores that are logarithms of shares


class Visits(NamedTuple):
    """Some visits, in the order of the table."""

    time: np.ndarray
    """int64[visits]: ticks of the first event."""
    shares: dict[str, np.ndarray]
    """By learner, float64[visits, items]: sums to 1 over a visit, 0 for what was taken."""
    wanted: np.ndarray
    """bool[visits, items]: what the visit still takes."""


def visits(names: Sequence[str], cutoff: object = None) -> Iterator[Visits]:
    """All new Ta-Feng visits, some at once, by learners fitted on those before the cut-off (None: the usual one)."""
    guide = scenario("guide")
    problem = load_problem(guide, "ta-feng")
    table = problem.table if cutoff is None else replace(problem.table, cutoff=cutoff)
    (plan,) = protocol("new-tasks")(table, problem.sampling, _SEED)
    codec = TaskCodec.fit(plan.train)
    train, new = codec.encode(plan.train), codec.encode(plan.trials[0].tasks)
    contest = guide.contest("ranking")
    learners = {}
    for name in names:
        learner = contest.make(name)
        bound = bind(learner, codec.spec)
        params = fit(learner, train, Job(problem.settings))
        learners[name] = bound, params, bound.prepare(params, train.catalogue)
    episodes = plan.trials[0].episodes(new).shown(_SHOTS)
    for start in range(0, len(episodes), _AT_ONCE):
        part = episodes.take(np.arange(start, min(start + _AT_ONCE, len(episodes))))
        batch = gather(new, part, _SHOTS, queries=int(part.query.lengths.max()))
        wanted = np.zeros((len(part), codec.spec.items + 1), bool)
        np.put_along_axis(wanted, batch.query.item, values=True, axis=1)  # -1 is padding: the last column
        shares = {}
        for name, (bound, params, prepared) in learners.items():
            state = bound.adapt(params, prepared, batch.descriptor, batch.support)
            scores = bound.predict(params, prepared, state, None).mean
            share = np.exp(scores) if name in _IN_LOGS else np.maximum(scores, 0) + _TINY
            shares[name] = _without(share, batch.support.item)
        yield Visits(new.time[new.offsets[part.task]], shares, wanted[:, :-1])


def _without(share: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """float64[visits, items]: the shares without what was taken."""
    chance = np.asarray(share, np.float64)
    task, place = np.nonzero(taken >= 0)
    chance[task, taken[task, place]] = 0
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))
