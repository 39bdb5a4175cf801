"""`LinearMap`: factors of each domain on its own, and a ridge map from a user's source vector to the target one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._factor_side import with_one
from warmstart.learners._ranges import at_least
from warmstart.learners._user_vector import UserVector
from warmstart.learners.contract import Context
from warmstart.learners.latent_factors import LatentFactors
from warmstart.tasks.arrays import TaskArrays, is_foreign
from warmstart.tasks.episodes import Episodes, buckets, gather
from warmstart.tasks.ragged import Ragged
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LinearMap", "Mapped", "fit_map"]

_AT_ONCE = 256
_HELD = 0.2  # of the users in both domains, to choose rank and ridge by
_FEWEST = 5  # users in both domains: with fewer nothing is held out, and the first rank and ridge are taken


@dataclass(frozen=True)
class LinearMap:
    """A user's vector of the target domain lies around a linear map of the one that the other domain's rows give.

    Both vectors are posterior means of `LatentFactors` of one domain each; the map is fitted by ridge regression on the
    training users who are in both, and rank and ridge are those that best foretell the target rows of held-out ones.
    Target rows move the vector from there, as far as the residuals of the map allow. Without other domains it is
    `LatentFactors`. Source: Man et al. 2017 (EMCDR), its linear mapping.
    """

    ranks: tuple[int, ...] = (2, 4, 8)
    """Factors that are tried, >= 1 each."""
    ridges: tuple[float, ...] = (1.0, 10.0, 100.0)
    """Penalties of the map that are tried, in users, > 0 each."""
    max_rounds: int = 40
    """Of each factor model, >= 1."""

    name: ClassVar[str] = "linear_map"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, max_rounds=1)
        if min(self.ranks, default=0) < 1 or min(self.ridges, default=0) <= 0:
            raise UsageError(f"linear_map: expected ranks >= 1 and ridges > 0; got {self.ranks} and {self.ridges}")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"target": factor model}, and with other domains {"source", "weights", "spread", "foreign"}."""
        if not train.given.any():
            return {"target": self._model(self.ranks[0]).fit(train, context)}
        rank, ridge = self._chosen(train, context)
        return self._fitted(train, context, rank, (ridge,))[ridge]

    def _model(self, rank: int) -> LatentFactors:
        return LatentFactors(factors=rank, max_rounds=self.max_rounds)

    def _chosen(self, train: TaskArrays, context: Context) -> tuple[int, float]:
        """The rank and ridge with the least absolute error on users whose target rows were not seen."""
        both = np.flatnonzero(_in_both(train))
        if len(both) < _FEWEST:
            return self.ranks[0], self.ridges[0]
        held = np.random.default_rng((context.seed, 17)).permutation(both)[: max(round(_HELD * len(both)), 1)]
        kept = train.take(np.setdiff1d(np.arange(train.n_tasks), held))
        asked, lost = train.take(held), {}
        for rank in self.ranks:
            for ridge, params in self._fitted(kept, context, rank, self.ridges).items():
                lost[rank, ridge] = self._loss(params, asked)
        return min(product(self.ranks, self.ridges), key=lambda each: lost[each])

    def _fitted(
        self, train: TaskArrays, context: Context, rank: int, ridges: tuple[float, ...]
    ) -> dict[float, dict[str, Any]]:
        """Parameters by ridge; the factor models are fitted once."""
        model, sides = self._model(rank), (train.where(train.given), train.where(~train.given))
        source, target = (model.fit(side, context) for side in sides)
        both = np.flatnonzero(_in_both(train))
        told, wanted = (_vectors(model, p, side.take(both)) for p, side in zip((source, target), sides, strict=True))
        held = {"source": source, "target": target, "foreign": train.foreign}
        return {ridge: {**held, **fit_map(told.mean, wanted, ridge)._asdict()} for ridge in ridges}

    def _loss(self, params: Mapping[str, Any], asked: TaskArrays) -> float:
        """Mean over users of the absolute error of their target rows, foretold from the others."""
        lists = Ragged(np.arange(len(asked.y)), asked.offsets)
        episodes = Episodes(np.arange(asked.n_tasks), lists.where(asked.given), lists.where(~asked.given))
        total = 0.0
        for members, width in buckets(episodes, int(asked.sizes.max(initial=1)), _AT_ONCE):
            batch = gather(asked, episodes.take(members), width, queries=int(asked.sizes.max(initial=1)))
            said = self.predict(params, self.adapt(params, batch.descriptor, batch.support), batch.query).mean
            off = (np.abs(said - batch.y) * batch.mask).sum(axis=1)
            total += float((off / np.maximum(batch.mask.sum(axis=1), 1e-12)).sum())
        return total

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> UserVector:
        """The mapped source vector, moved by the target rows."""
        model = self._model(1)
        if "source" not in params:
            return model.adapt(params["target"], descriptor, support)
        foreign, weight = is_foreign(params["foreign"], support.item), np.asarray(support.weight)
        source, target = (support._replace(weight=weight * each) for each in (foreign, ~foreign))
        told = model.adapt(params["source"], descriptor, source).mean.astype(np.float64)
        prior = _with_constant(told) @ params["weights"]
        spread = np.repeat(params["spread"][None], len(prior), axis=0)
        return model.after(params["target"], prior, spread, target)

    def predict(self, params: Mapping[str, Any], state: UserVector, query: Query) -> Latent:
        """Products with the items of the target domain."""
        return self._model(1).predict(params["target"], state, query)


class Mapped(NamedTuple):
    """The map of a user's vector, and what it leaves."""

    weights: np.ndarray
    """float64[1 + source, target]: of the constant and of the source vector."""
    spread: np.ndarray
    """float64[target, target]: covariance of target vectors around the map."""


def fit_map(source: np.ndarray, target: UserVector, ridge: float) -> Mapped:
    """Ridge regression of target vectors on source vectors float64[users, source] in units of their deviation.

    What the regression leaves and what is not known of the target vectors is the spread.
    """
    x, y = source.astype(np.float64), target.mean.astype(np.float64)
    middle, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z, centre = (x - middle) / scale, y.mean(axis=0)
    slopes = np.linalg.solve(z.T @ z + ridge * np.eye(z.shape[1]), z.T @ (y - centre)) / scale[:, None]
    weights = np.concatenate([(centre - middle @ slopes)[None], slopes])
    left = y - _with_constant(x) @ weights
    return Mapped(weights, left.T @ left / len(left) + target.covariance.mean(axis=0, dtype=np.float64))


def _with_constant(x: np.ndarray) -> np.ndarray:
    """float64[rows, 1 + columns]"""
    return with_one(np.concatenate([x[:, :1], x], axis=1))


def _in_both(train: TaskArrays) -> np.ndarray:
    """bool[tasks]: users with rows of weight in the target domain and in another."""
    task, real = train.task_of_row, train.weight > 0
    given, own = (np.bincount(task[real & side], minlength=train.n_tasks) for side in (train.given, ~train.given))
    return (given > 0) & (own > 0)


def _vectors(model: LatentFactors, params: Mapping[str, Any], tasks: TaskArrays) -> UserVector:
    """Posteriors of these users after all their rows."""
    nothing = Ragged.from_lengths(np.zeros(tasks.n_tasks, np.int64))
    episodes = Episodes(np.arange(tasks.n_tasks), Ragged(np.arange(len(tasks.y)), tasks.offsets), nothing)
    width = params["item"].shape[1]
    found = UserVector(np.zeros((tasks.n_tasks, width)), np.zeros((tasks.n_tasks, width, width)))
    for members, padded in buckets(episodes, int(tasks.sizes.max(initial=1)), _AT_ONCE):
        batch = gather(tasks, episodes.take(members), padded)
        found.mean[members], found.covariance[members] = model.adapt(params, batch.descriptor, batch.support)
    return found
