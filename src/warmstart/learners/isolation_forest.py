"""`IsolationForest`: how far a row stands apart from all rows, as a probability, and the task's own level above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._design import fit_design, pair_matrix, row_matrix, rows_matrix
from warmstart.learners._isolation import anomaly, grow
from warmstart.learners._level import fit_strength, level
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.shifted import Levelled, strength_of, strength_params
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["IsolationForest"]

_STEPS, _RIDGE = 25, 1.0


@dataclass(frozen=True)
class IsolationForest:
    """Labels are used twice only: for the logistic curve from anomaly to probability, and for the level of a task.

    Numbers, how rare each category is, and common words. Source: Liu, Ting, Zhou 2008.
    """

    trees: int = 100
    """>= 1"""
    sample: int = 256
    """Rows of each tree, >= 2."""

    name: ClassVar[str] = "isolation_forest"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli"})

    def __post_init__(self) -> None:
        at_least(self, trees=1, sample=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"design", "missing": float32[features], "forest", "curve": float64[3], "strength", "family"}.

        Errors: `NotReady` without scikit-learn.
        """
        design = fit_design(train)
        x = pair_matrix(design, train, np.arange(len(train.y)))
        params: dict[str, Any] = {"design": design, "missing": _beyond(x)}
        x = _filled(x, params["missing"])
        params["forest"] = grow(x[train.weight > 0], self.trees, self.sample, context.seed)
        params["curve"] = _logistic(anomaly(params["forest"], x), train.y, train.weight)
        link = _curve(params["curve"], anomaly(params["forest"], x))
        strength = fit_strength(train, link[:, None], np.random.default_rng(context.seed))
        return params | strength_params(train.spec, strength)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Levelled:
        """Learn the level from what the curve gets wrong on the support."""
        told = rows_matrix(params["design"]["descriptor"], descriptor)
        name, strength = strength_of(params)
        link = _link(params, told, support.x, support.item)
        return Levelled(told, *level(name, link[..., None], support.y, support.weight, strength))

    def predict(self, params: Mapping[str, Any], state: Levelled, query: Query) -> Latent:
        """The curve plus the level."""
        mean = _link(params, state.descriptor, query.x, query.item) + state.level
        return Latent(mean, np.broadcast_to(state.variance[:, None], mean.shape), np.float32(0))


def _link(params: Mapping[str, Any], told: np.ndarray, rows: Rows, item: np.ndarray) -> np.ndarray:
    """float32[tasks, rows]: the curve at padded rows; `told` is [tasks, features]."""
    x = row_matrix(params["design"], rows, item)
    beside = np.broadcast_to(told[:, None, :], (*x.shape[:2], told.shape[-1]))
    pairs = _filled(np.concatenate([x, beside], axis=-1), params["missing"])
    score = anomaly(params["forest"], pairs.reshape(-1, pairs.shape[-1]))
    return _curve(params["curve"], score).reshape(pairs.shape[:2])


def _beyond(x: np.ndarray) -> np.ndarray:
    """float32[features]: what stands for a missing value, a category rarer than all."""
    known = np.where(np.isnan(x), -np.inf, x).max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(known), known + 1, 0).astype(np.float32)


def _filled(x: np.ndarray, missing: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(x), missing, x)


def _curve(curve: np.ndarray, score: np.ndarray) -> np.ndarray:
    """float32[...]: log odds; the curve is (start, slope, centre)."""
    return np.asarray(curve[0] + curve[1] * (score - curve[2]), np.float32)


def _logistic(score: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """float64[3]: the curve of most likelihood, by Newton's method; half a row of either class keeps it finite."""
    weight = weight.astype(np.float64)
    centre = (weight @ score) / max(weight.sum(), 1e-12)
    spread = max(float(np.sqrt(weight @ (score - centre) ** 2 / max(weight.sum(), 1e-12))), 1e-9)
    wide = np.stack([np.ones(len(score)), (score - centre) / spread], axis=1)
    found = np.zeros(2)
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-wide @ found))
        middle = 1 / (1 + np.exp(-found[0]))
        pull = wide.T @ (weight * (y - share)) + [0.5 - middle, -_RIDGE * found[1]]
        bend = (wide * (weight * share * (1 - share))[:, None]).T @ wide + np.diag([middle * (1 - middle), _RIDGE])
        found = found + np.clip(np.linalg.solve(bend, pull), -2, 2)
    return np.array([found[0], found[1] / spread, centre])
