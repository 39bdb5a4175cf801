"""`LastValue`: the value of the last support row, drawn towards the mean as far as values are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._level import trial_order
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.task_mean import Pooled, pooled_latent
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import draw
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LastValue"]

_SHOTS, _QUERIES = 20, 40


@dataclass(frozen=True)
class LastValue:
    """What is asked is the mean of all rows plus a share of what the last row was above it; features are ignored.

    The share, from 0 to 1, is the regression of queries on the last support row among training tasks: 1 where values
    stay where they are. Without a column of time no row is the last, and the mean of the support stands for it.
    """

    trials: int = 2000
    """Most training tasks played as new ones, >= 1."""

    name: ClassVar[str] = "last_value"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, trials=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"mean", "share": float64[], "noise": float64[2], "timed": bool[]}: noise around the mean and the value."""
        weight = train.weight.astype(np.float64)
        total = max(weight.sum(), 1e-12)
        mean = (weight @ train.y) / total
        spread = max(weight @ (train.y - mean) ** 2 / total, 1e-6)
        timed = bool(train.time.any())
        told, asked = self._pairs(train, timed, np.random.default_rng(context.seed))
        told, asked = told - mean, asked - mean
        share = float(np.clip(told @ asked / max(told @ told, 1e-12), 0, 1))
        left = float(((asked - share * told) ** 2).mean()) if len(told) else spread
        noise = np.array([spread, max(left, 1e-6)])
        return {"mean": np.array(mean), "share": np.array(share), "noise": noise, "timed": np.array(timed)}

    def _pairs(self, train: TaskArrays, timed: bool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """float64[rows] twice: the value that a support tells, and that of each query row after it."""
        tasks = np.sort(rng.permutation(train.n_tasks)[: self.trials])
        episodes = draw(train, trial_order(train), rng, shots=_SHOTS, queries=_QUERIES, tasks=tasks, least=1)
        if not len(episodes):
            return np.zeros(0), np.zeros(0)
        support, query = np.sort(episodes.support.padded(_SHOTS), axis=1), episodes.query.padded(_QUERIES)
        weight = np.where(support >= 0, train.weight[support], 0)
        told = np.broadcast_to(_told(train.y[support], weight, timed)[:, None], query.shape)
        real = (query >= 0) & (train.weight[query] > 0) & (weight > 0).any(axis=1, keepdims=True)
        return told[real], train.y[query][real].astype(np.float64)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Pooled:
        """Look at the last row."""
        weight = np.asarray(support.weight)
        known = (weight > 0).any(axis=1)
        above = np.where(known, _told(support.y, weight, bool(params["timed"])) - params["mean"], 0)
        link = (params["mean"] + params["share"] * above)[:, None]
        # Without support the mean of all is said, which misses by more than the noise that `predict` gives.
        wider = np.where(known, 0, max(params["noise"][0] - params["noise"][1], 0))
        return Pooled(link.astype(np.float32), wider.astype(np.float32))

    def predict(self, params: Mapping[str, Any], state: Pooled, query: Query) -> Latent:
        """The same for every query row."""
        return pooled_latent(state, query, float(params["noise"][1]))


def _told(y: np.ndarray, weight: np.ndarray, timed: bool) -> np.ndarray:
    """float64[tasks]: the last value of each support [tasks, support], or its mean; 0 without any."""
    y, weight = np.asarray(y, np.float64), np.asarray(weight, np.float64)
    if not timed:
        return np.asarray((y * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12))
    if not weight.shape[1]:
        return np.zeros(len(y))
    last = weight.shape[1] - 1 - np.argmax(weight[:, ::-1] > 0, axis=1)
    return np.where((weight > 0).any(axis=1), y[np.arange(len(y)), last], 0.0)
