"""`BoostedFactors`: trees that correct `LatentFactors` for new users and new items by what is near in their support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import DataError
from warmstart.learners._boosting import Boosting, Table, cross_fit, folds_of, predict_link
from warmstart.learners._design import fit_design, rows_matrix
from warmstart.learners._factor_features import Remembered, factor_features, remember
from warmstart.learners._likeness import fit_likeness
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.learners.latent_factors import LatentFactors
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.episodes import Episodes, draw, gather
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["BoostedFactors"]

_SHOTS = (0, 1, 3, 5, 10, 20, 40, 60)
_COLUMNS = 4000  # of each category, set or text, where items are compared
_AT_ONCE = 256
_CELLS = 1 << 22  # query rows times support rows that are compared at once


@dataclass(frozen=True)
class BoostedFactors:
    """Trees on a factor model's answer, the user's level, and what it left over in the support near the query item.

    They learn from episodes of users whom the model has not seen: once about items that it knows, once about items
    that were hidden from it too, so that a new item's answer is not trusted like a known one's.
    """

    factors: int = 24
    """Of the factor model, >= 1."""
    learning_rate: float = 0.05
    """> 0"""
    leaves: int = 15
    """Of each tree, >= 2."""
    min_rows: int = 100
    """In a leaf, >= 1."""
    max_rounds: int = 1000
    """>= 1; fewer where the loss on held-out users says so."""
    folds: int = 3
    """Of users, and of items, >= 2."""
    draws: int = 2
    """Episodes of each user about known and about hidden items, >= 1."""
    queries: int = 30
    """Most query rows of an episode, >= 1."""
    robust: float = 0.5
    """Errors well above this (in standard deviations of the target) count as absolute, not squared; 0 for squared."""
    threads: int = 0
    """0 for all cores."""

    name: ClassVar[str] = "boosted_factors"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(
            self,
            factors=1,
            leaves=2,
            min_rows=1,
            max_rounds=1,
            folds=2,
            draws=1,
            queries=1,
            robust=0,
            threads=0,
        )
        positive(self, "learning_rate")

    @property
    def _model(self) -> LatentFactors:
        return LatentFactors(factors=self.factors)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"factors": model, "content", "descriptor": columns, "trees": uint8[bytes], "spread": float32[]}."""
        rng = np.random.default_rng(context.seed)
        params = {"factors": self._model.fit(train, context), "descriptor": fit_design(train)["descriptor"]}
        seen = np.unique(train.item[train.item >= 0])
        params["content"] = fit_likeness(take_rows(train.catalogue, seen), train.catalogue, _COLUMNS)
        parts = list(self._trials(params, train, context, rng))
        if not parts:
            raise DataError("no task can be split into support and query", expected="two tasks of two rows or more")
        trials = _Trials(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        fold = folds_of(train.group[trials.task], self.folds, rng)
        fitted = cross_fit(trials.table, fold, self._boosting, train.spec, context.seed)
        off = (trials.weight * (trials.y - fitted.held_out[:, 0]) ** 2).sum()
        spread = off / max(float((trials.weight * trials.variance).sum()), 1e-12)
        return {**params, "trees": fitted.model, "spread": np.float32(spread)}

    @property
    def _boosting(self) -> Boosting:
        return Boosting(
            self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads, robust=self.robust
        )

    def _trials(
        self, params: Mapping[str, Any], train: TaskArrays, context: Context, rng: np.random.Generator
    ) -> Iterator[_Trials]:
        """Episodes of each fold of users, asked of a model that saw neither them nor a fold of the items."""
        user = folds_of(train.group, self.folds, rng)
        hidden = (rng.permutation(train.spec.items) % self.folds)[np.maximum(train.item, 0)]
        for fold in range(self.folds):
            inside, new = user[train.task_of_row] == fold, hidden == fold
            rest = train.where(~inside & ~new)
            if not len(rest.y):
                continue
            rest = rest.take(np.flatnonzero(user != fold))
            model = {**params, "factors": self._model.fit(rest, context)}
            for asked in (train.where(inside & ~new), train.where(inside & new)):
                for _ in range(self.draws):
                    yield from self._asked(model, asked, rng)

    def _asked(self, params: Mapping[str, Any], tasks: TaskArrays, rng: np.random.Generator) -> Iterator[_Trials]:
        """One episode of each task, with a random number of support rows."""
        drawn = draw(tasks, "random", rng, shots=max(_SHOTS), queries=self.queries)
        episodes = drawn.shown(rng.choice(_SHOTS, len(drawn)))
        for start in range(0, len(episodes), _AT_ONCE):
            some: Episodes = episodes.take(np.arange(start, min(start + _AT_ONCE, len(episodes))))
            batch = gather(tasks, some, int(some.support.lengths.max(initial=1)), queries=self.queries)
            state = self.adapt(params, batch.descriptor, batch.support)
            latent = self._model.predict(params["factors"], state.vector, batch.query)
            x = factor_features(params["factors"], params["content"], state, latent, batch.query.item)
            real, owner = batch.mask > 0, np.broadcast_to(some.task[:, None], batch.mask.shape)
            columns = (x, latent.mean, latent.variance + latent.noise, batch.y, batch.mask, owner)
            yield _Trials(*(column[real] for column in columns))

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Remembered:
        """The factor model's posterior, and what it leaves over in the support."""
        vector = self._model.adapt(params["factors"], descriptor, support)
        return remember(params["factors"], vector, rows_matrix(params["descriptor"], descriptor), support)

    def predict(self, params: Mapping[str, Any], state: Remembered, query: Query) -> Latent:
        """The factor model's answer plus what the trees add; its variance as far off as held-out users were."""
        latent = self._model.predict(params["factors"], state.vector, query)
        item = np.broadcast_to(query.item, latent.mean.shape)
        added = np.zeros_like(latent.mean)
        for tasks in _chunks(len(item), _CELLS // max(item.shape[1] * state.item.shape[1], 1)):
            part = _tasks_of(state, tasks)
            latents = Latent(latent.mean[tasks], latent.variance[tasks], latent.noise)
            x = factor_features(params["factors"], params["content"], part, latents, item[tasks])
            trees = predict_link(params["trees"], x.reshape(-1, x.shape[-1]), self.threads)
            added[tasks] = trees.reshape(added[tasks].shape)
        return Latent(latent.mean + added, latent.variance * params["spread"], latent.noise * params["spread"])


class _Trials(NamedTuple):
    """Query rows of episodes."""

    x: np.ndarray
    """float32[rows, features]"""
    start: np.ndarray
    """float32[rows]: the factor model's answer."""
    variance: np.ndarray
    """float32[rows]: of that answer, noise included."""
    y: np.ndarray
    """float32[rows]"""
    weight: np.ndarray
    """float32[rows]"""
    task: np.ndarray
    """int64[rows]"""

    @property
    def table(self) -> Table:
        """What boosting takes."""
        return Table(self.x, self.y, self.weight, self.start[:, None], [])


def _chunks(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + max(size, 1)) for start in range(0, n, max(size, 1)))


def _tasks_of(state: Remembered, tasks: slice) -> Remembered:
    vector = type(state.vector)(*(part[tasks] for part in state.vector))
    return Remembered(vector, *(part[tasks] for part in state[1:]))
