"""`Hierarchical`: a Bayesian regression of each task, whose prior is learned from all of them; partial pooling.

Coefficients of a task are normal around a linear function of its descriptor, with one covariance for all tasks: the
random-coefficients model (Lindley, Smith 1972; for shops Rossi, Allenby, McCulloch 2005), fitted by EM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._boosting import folds_of
from warmstart.learners._coefficients import (
    Coefficients,
    Sums,
    fit_columns,
    foretell,
    matrix,
    sums_of_support,
    sums_of_tasks,
)
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Hierarchical"]

_PENALTIES = (0.3, 3.0, 30.0, 300.0, 1e6)  # in tasks; the last one leaves the descriptor out
_START = 1.0  # variance of every coefficient before the first round


class _Prior(NamedTuple):
    """What is shared by all tasks."""

    centre: np.ndarray
    """float64[tasks, coefficients]"""
    covariance: np.ndarray
    """float64[coefficients, coefficients]"""
    noise: float


@dataclass(frozen=True)
class Hierarchical:
    """Numbers and small categories, linear; how far descriptors are believed is chosen on held-out groups of tasks.

    The posterior of a task's coefficients is exact. `offset` is ignored.
    """

    rounds: int = 60
    """Of EM, >= 1."""
    folds: int = 5
    """Of task groups, >= 2."""

    name: ClassVar[str] = "hierarchical"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, rounds=1, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"columns", "told", "slopes": float64[1 + told, coefficients], "covariance", "noise"}.

        Errors: `UsageError` for rows that are items of a catalogue.
        """
        spec = train.spec
        columns = fit_columns(self.name, train.x, spec.items, spec.row.codes)
        told = fit_columns(self.name, train.descriptor, 0, spec.descriptor.codes)
        sums, z = sums_of_tasks(columns, train), matrix(told, train.descriptor)
        pooled, found = self._rounds(sums, z[:, :1], 0.0)
        fold = folds_of(train.group, self.folds, np.random.default_rng(context.seed))
        best = min(_PENALTIES, key=lambda penalty: _missed(z, found.mean, pooled.covariance, fold, penalty))
        prior, found = self._rounds(sums, z, best)
        slopes = _regressed(z, found.mean, best)
        shared = {"slopes": slopes, "covariance": prior.covariance, "noise": np.array(prior.noise)}
        return {"columns": columns, "told": told} | shared

    def _rounds(self, sums: Sums, z: np.ndarray, penalty: float) -> tuple[_Prior, Coefficients]:
        """Prior and posteriors of the training tasks, with descriptors z [tasks, 1 + told]."""
        tasks, wide = sums.xy.shape
        rows = max(float(sums.rows.sum()), 1e-12)
        noise = max(float(sums.yy.sum()) / rows, 1e-6)
        prior = _Prior(np.zeros((tasks, wide)), _START * np.eye(wide), noise)
        for _ in range(self.rounds):
            found = _posterior(sums, prior)
            centre = z @ _regressed(z, found.mean, penalty)
            apart = found.mean - centre
            second = found.covariance.sum(axis=0) + apart.T @ apart
            covariance = (second + 1e-4 * np.eye(wide)) / (tasks + 1)
            prior = _Prior(centre, covariance, max(float(_left(sums, found).sum()) / rows, 1e-6))
        return prior, _posterior(sums, prior)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Coefficients:
        """Posterior of every task's coefficients."""
        centre = matrix(params["told"], descriptor) @ params["slopes"]
        prior = _Prior(centre, np.asarray(params["covariance"]), float(params["noise"]))
        return _posterior(sums_of_support(params["columns"], support), prior)

    def predict(self, params: Mapping[str, Any], state: Coefficients, query: Query) -> Latent:
        """The line of each task."""
        return foretell(params["columns"], state, query)


def _posterior(sums: Sums, prior: _Prior) -> Coefficients:
    precision = np.linalg.inv(prior.covariance)
    covariance = np.linalg.inv(sums.xx / prior.noise + precision)
    pull = sums.xy / prior.noise + prior.centre @ precision
    mean = (covariance @ pull[..., None])[..., 0]
    return Coefficients(mean, covariance, np.full(len(mean), prior.noise))


def _left(sums: Sums, found: Coefficients) -> np.ndarray:
    """float64[tasks]: expected sum of squares around the lines."""
    second = found.covariance + found.mean[:, :, None] * found.mean[:, None, :]
    fitted = (second * sums.xx).sum(axis=(1, 2))
    return np.asarray(np.maximum(sums.yy - 2 * (found.mean * sums.xy).sum(axis=1) + fitted, 0))


def _regressed(z: np.ndarray, mean: np.ndarray, penalty: float) -> np.ndarray:
    """float64[1 + told, coefficients]: ridge regression of coefficients on descriptors, the start free."""
    free = np.full(z.shape[1], penalty + 1e-6)
    free[0] = 1e-9
    return np.linalg.solve(z.T @ z + np.diag(free), z.T @ mean)


def _missed(z: np.ndarray, mean: np.ndarray, covariance: np.ndarray, fold: np.ndarray, penalty: float) -> float:
    """By how much descriptors of held-out groups miss the coefficients of their tasks, in units of their spread."""
    precision, total = np.linalg.inv(covariance), 0.0
    for f in np.unique(fold):
        out = fold == f
        if not out.all():
            apart = mean[out] - z[out] @ _regressed(z[~out], mean[~out], penalty)
            total += float(((apart @ precision) * apart).sum())
    return total
