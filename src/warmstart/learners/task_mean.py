"""`TaskMean`: the mean of the support, shrunk towards the mean of all tasks; features are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._pooling import fit_pool
from warmstart.learners.contract import Context
from warmstart.learners.ordinal import odds_above
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Pooled", "TaskMean", "pooled_latent", "pooled_link"]

_FAMILIES = ("gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal")


class Pooled(NamedTuple):
    """The posterior mean of each task."""

    link: np.ndarray
    """float32[tasks, outputs]: on the link scale"""
    variance: np.ndarray
    """float32[tasks]: gaussian only, else 0: there the mean is that of the predictive distribution already"""


@dataclass(frozen=True)
class TaskMean:
    """Normal, beta-binomial, Dirichlet or gamma-Poisson model, strength by empirical Bayes; `offset` is ignored."""

    name: ClassVar[str] = "task_mean"
    likelihoods: ClassVar[frozenset[str]] = frozenset(_FAMILIES)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"mean": float64[outputs], "strength", "noise": float64[], "family": int64[]}."""
        pool = fit_pool(train)
        family = np.array(_FAMILIES.index(train.spec.likelihood))
        return {"mean": pool.mean, "strength": np.array(pool.strength), "noise": np.array(pool.noise), "family": family}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Pooled:
        """Posterior mean of every task."""
        name = _FAMILIES[int(params["family"])]
        y, weight = np.asarray(support.y, dtype=np.float64)[..., None], np.asarray(support.weight)[..., None]
        hot = y == np.arange(len(params["mean"])) if name in ("categorical", "ordinal") else y
        rows = weight.sum(axis=1) + params["strength"]
        mean = ((hot * weight).sum(axis=1) + params["strength"] * params["mean"]) / rows
        variance = params["noise"] / rows[:, 0] if name == "gaussian" else np.zeros(len(rows))
        return Pooled(pooled_link(name, mean).astype(np.float32), variance.astype(np.float32))

    def predict(self, params: Mapping[str, Any], state: Pooled, query: Query) -> Latent:
        """The same for every query row."""
        return pooled_latent(state, query, float(params["noise"]))


def pooled_latent(state: Pooled, query: Query, noise: float) -> Latent:
    """Every query row of a task is believed alike."""
    mean = np.repeat(state.link[:, None], np.shape(query.item)[-1], axis=1)
    mean = mean if mean.shape[-1] > 1 else mean[..., 0]
    variance = np.broadcast_to(state.variance.reshape(-1, *[1] * (mean.ndim - 1)), mean.shape)
    return Latent(mean, variance, np.float32(noise))


def pooled_link(name: str, mean: np.ndarray) -> np.ndarray:
    """A mean [tasks, outputs] of y, or shares of classes, on the link scale."""
    if name == "gaussian":
        return mean
    if name == "bernoulli":
        share = np.clip(mean, 1e-6, 1 - 1e-6)
        return np.asarray(np.log(share) - np.log1p(-share))
    if name == "ordinal":
        return np.asarray(odds_above(mean))
    return np.asarray(np.log(np.maximum(mean, 1e-9)))
