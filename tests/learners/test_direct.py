"""What every baseline keeps: padding, order and batch change nothing; parameters are arrays; same seed, same model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.learners.blend import Blend
from warmstart.learners.ease import EASE
from warmstart.learners.first_time_popularity import FirstTimePopularity
from warmstart.learners.global_boost import Global
from warmstart.learners.implicit_als import ImplicitALS
from warmstart.learners.item_knn import ItemKNN
from warmstart.learners.lift import Lift
from warmstart.learners.markov import Markov
from warmstart.learners.per_task import PerTask
from warmstart.learners.popularity import Popularity
from warmstart.learners.repeat import Repeat
from warmstart.learners.rules import Rules
from warmstart.learners.shifted import Shifted
from warmstart.learners.support_features import SupportFeatures
from warmstart.learners.task_mean import TaskMean
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.episodes import Batch, draw, gather
from warmstart.types import Support

_SMALL = {"max_rounds": 12, "min_rows": 5, "folds": 2, "threads": 1}
TABLE = [Global(**_SMALL), Shifted(**_SMALL), SupportFeatures(**_SMALL, rows=2000), TaskMean(), PerTask()]
RANKING = [Popularity(), Popularity(segment=0), Repeat(), ItemKNN(), EASE(ridge=1.0), Blend(folds=2)]
RANKING += [FirstTimePopularity(), Markov(), Lift(), Rules(least_support=1)]
RANKING.append(ImplicitALS(factors=4, iterations=2, threads=1))
FAMILIES = ["gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal"]


def _leaves(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, dict):
        assert all(isinstance(key, str) for key in tree)
        return [leaf for key in sorted(tree) for leaf in _leaves(tree[key])]
    return [np.asarray(tree)]


def _padded(support: Support) -> Support:
    """Two more rows of weight 0, full of numbers that would matter."""
    index = np.concatenate([np.arange(support.y.shape[1]), [0, 0]])
    junk = Support(take_rows(support.x, np.s_[:, index]), *(part[:, index].copy() for part in support[1:-1]))
    junk.y[:, -2:], junk.weight[:, -2:] = 1.0, 0.0
    junk.x.numbers[:, -2:] = 7.0
    return junk


def _reversed(support: Support) -> Support:
    return Support(take_rows(support.x, np.s_[:, ::-1]), *(part[:, ::-1] for part in support[1:-1]))


def _same(learner: Any, params: Any, batch: Batch, other: Support) -> None:
    say = [
        learner.predict(params, learner.adapt(params, batch.descriptor, support), batch.query)
        for support in (batch.support, other)
    ]
    for a, b in zip(*say, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def _shopping(choices: Any) -> TaskArrays:
    rng = np.random.default_rng(1)
    baskets = [[(day, int(i)) for day in (1, 2, 3) for i in rng.permutation(12)[:3]] for _ in range(30)]
    return choices(baskets, 12, [1 + i % 2 for i in range(30)])


def _batch(arrays: TaskArrays, k: int) -> Batch:
    order = "session" if arrays.spec.items else "random"
    episodes = draw(arrays, order, np.random.default_rng(3), shots=5, queries=6)
    batch = gather(arrays, episodes.take(np.arange(8)), k)
    if arrays.spec.items:
        every = np.arange(arrays.spec.items, dtype=np.int32)
        return batch._replace(query=batch.query._replace(item=every))
    return batch


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("learner", TABLE, ids=lambda learner: learner.name)
def test_table_learners_ignore_padding_and_order(learner: Any, family: str, table: Any, context: Any) -> None:
    """Rows of weight 0 and another order of the support change no prediction, whatever the likelihood."""
    arrays = table(family, tasks=30, rows=12)
    params = learner.fit(arrays, context)
    batch = _batch(arrays, 4)
    _same(learner, params, batch, _padded(batch.support))
    _same(learner, params, batch, _reversed(batch.support))
    mean = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    assert mean.shape == batch.y.shape + {"categorical": (3,), "ordinal": (2,)}.get(family, ())
    if family == "categorical":
        np.testing.assert_allclose(np.exp(mean).sum(-1), 1, atol=1e-4)


@pytest.mark.parametrize("learner", RANKING, ids=lambda learner: f"{learner.name}-{getattr(learner, 'segment', '')}")
def test_ranking_learners_ignore_padding_and_order(learner: Any, choices: Any, context: Any) -> None:
    """Rows of weight 0 and another order of the support change no score; scores are [tasks, items]."""
    arrays = _shopping(choices)
    params = learner.fit(arrays, context)
    batch = _batch(arrays, 3)
    _same(learner, params, batch, _padded(batch.support))
    _same(learner, params, batch, _reversed(batch.support))
    scores = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    assert scores.shape == (8, 12)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("learner", TABLE + RANKING, ids=lambda learner: learner.name)
def test_a_task_alone_without_support(learner: Any, choices: Any, table: Any, context: Any) -> None:
    """With no support row at all every task is answered, alone as in a batch."""
    arrays = _shopping(choices) if "ranking" in learner.likelihoods else table(tasks=30, rows=12)
    params = learner.fit(arrays, context)
    batch = _batch(arrays, 0)
    together = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    one = np.s_[:1]
    alone = Support(take_rows(batch.support.x, one), *(part[one] for part in batch.support[1:-1]))
    query = batch.query
    if not arrays.spec.items:
        query = query._replace(x=take_rows(query.x, one), item=query.item[one], offset=query.offset[one])
    said = learner.predict(params, learner.adapt(params, take_rows(batch.descriptor, one), alone), query).mean
    np.testing.assert_allclose(said, together[one], rtol=1e-5, atol=1e-6)
    assert np.isfinite(together).all()


@pytest.mark.parametrize("learner", TABLE + RANKING, ids=lambda learner: learner.name)
def test_parameters_are_arrays_and_repeatable(learner: Any, choices: Any, table: Any, context: Any) -> None:
    """Two fits with one seed give the same tree of numeric arrays."""
    arrays = _shopping(choices) if "ranking" in learner.likelihoods else table(tasks=20, rows=8)
    first, second = (_leaves(learner.fit(arrays, context)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert a.dtype.kind in "fiub"
        np.testing.assert_array_equal(a, b)
