"""`PerTask`: a model of the task's own support and nothing else; what meta-learning must beat at every K."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._local_fit import newton_fit, ridge_by_left_out
from warmstart.learners._pooling import fit_pool
from warmstart.learners._ranges import positive
from warmstart.learners.contract import Context
from warmstart.learners.task_mean import pooled_link
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["PerTask", "Weights"]

_FAMILIES = ("gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal")
_WIDEST = 12  # a category with more values gets no columns


class Weights(NamedTuple):
    """A linear model of each task; row 0 is the intercept."""

    weights: np.ndarray
    """float32[tasks, 1 + features, outputs]"""
    noise: np.ndarray
    """float32[tasks]"""


@dataclass(frozen=True)
class PerTask:
    """Ridge regression with each task's strength by leave-one-out; logistic or log-linear ridge for labels and counts.

    Standardised numbers and indicators of small categories; without support the mean of all tasks. Classes: smoothed
    frequencies. `offset` is ignored.
    """

    prior_rows: float = 1.0
    """Rows (> 0) that the mean of all tasks counts for in the intercept."""
    ridge: float = 3.0
    """Penalty (> 0) of slopes for labels and counts."""

    name: ClassVar[str] = "per_task"
    likelihoods: ClassVar[frozenset[str]] = frozenset(_FAMILIES)

    def __post_init__(self) -> None:
        positive(self, "prior_rows", "ridge")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Centre and spread of the columns, mean and variance of y: nothing else is shared."""
        pool = fit_pool(train)
        rows = train.catalogue if train.spec.items else train.x
        kept = [i for i, values in enumerate(train.spec.row.codes) if values <= _WIDEST]
        wide = {f"code{i}": np.arange(1, train.spec.row.codes[i]) for i in kept}
        raw = _columns(rows, wide)
        spread = raw.std(axis=0, dtype=np.float64)
        params: dict[str, Any] = {
            "codes": wide,
            "centre": raw.mean(axis=0, dtype=np.float64),
            "scale": np.where(spread > 0, 1 / np.maximum(spread, 1e-9), 0),
            "mean": pool.mean,
            "variance": np.array(_variance(train) if train.spec.likelihood == "gaussian" else pool.noise),
            "family": np.array(_FAMILIES.index(train.spec.likelihood)),
        }
        return params | ({"catalogue": raw} if train.spec.items else {})

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Weights:
        """Fit every task at once."""
        name = _FAMILIES[int(params["family"])]
        x = _features(params, support.x, support.item)
        y, weight = np.asarray(support.y, dtype=np.float64), np.asarray(support.weight, dtype=np.float64)
        if name == "gaussian":
            mean, variance = float(params["mean"][0]), float(params["variance"])
            weights, noise = ridge_by_left_out(x, y, weight, mean, variance, self.prior_rows)
            return Weights(weights[..., None].astype(np.float32), noise.astype(np.float32))
        still = np.full(len(y), params["variance"], dtype=np.float32)
        if name in ("categorical", "ordinal"):
            return Weights(self._frequencies(params, name, x, y, weight), still)
        start = pooled_link(name, params["mean"])[0]
        found = newton_fit(name, x, y, weight, (start, self.prior_rows, self.ridge, float(params["variance"])))
        return Weights(found[..., None].astype(np.float32), still)

    def predict(self, params: Mapping[str, Any], state: Weights, query: Query) -> Latent:
        """Linear predictor [tasks, query]."""
        x = _features(params, query.x, query.item)
        mean = (x @ state.weights[:, 1:] + state.weights[:, :1]).astype(np.float32)
        mean = mean[..., 0] if mean.shape[-1] == 1 else mean
        return Latent(mean, np.zeros_like(mean), state.noise.reshape(-1, *[1] * (mean.ndim - 1)))

    def _frequencies(
        self, params: Mapping[str, Any], name: str, x: np.ndarray, y: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        """float32[tasks, 1 + features, outputs]: shares on the link scale as intercepts, no slopes."""
        hot = (y[..., None] == np.arange(len(params["mean"]))) * weight[..., None]
        share = hot.sum(axis=1) + self.prior_rows * params["mean"]
        share /= share.sum(axis=1, keepdims=True)
        start = pooled_link(name, share)
        weights = np.zeros((len(y), 1 + x.shape[-1], start.shape[1]), dtype=np.float32)
        weights[:, 0] = start
        return weights


def _features(params: Mapping[str, Any], rows: Rows, item: np.ndarray) -> np.ndarray:
    """float64[..., features]: standardised columns; 0 for an item that is not in the catalogue."""
    if "catalogue" not in params:
        return np.asarray((_columns(rows, params["codes"]) - params["centre"]) * params["scale"])
    found = (params["catalogue"][np.maximum(item, 0)] - params["centre"]) * params["scale"]
    return np.asarray(found * (np.asarray(item) >= 0)[..., None])


def _columns(rows: Rows, codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """float64[..., features]: numbers, then one column a value of each small category."""
    numbers = np.nan_to_num(np.asarray(rows.numbers, dtype=np.float64))
    hot = [rows.codes[..., int(name[4:])][..., None] == values for name, values in codes.items()]
    return np.concatenate([numbers, *hot], axis=-1)


def _variance(train: TaskArrays) -> float:
    weight = train.weight.astype(np.float64)
    total = max(weight.sum(), 1e-12)
    mean = (weight * train.y).sum() / total
    return max(float((weight * (train.y - mean) ** 2).sum() / total), 1e-6)
