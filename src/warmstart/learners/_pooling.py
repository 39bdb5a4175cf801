"""Conjugate pooling: how many rows of its own a task needs to outweigh all others, learned from training tasks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from warmstart.tasks.arrays import TaskArrays

__all__ = ["Pool", "fit_pool"]

_STRENGTHS = np.geomspace(0.05, 2000.0, 60)


class Pool(NamedTuple):
    """What all tasks share."""

    mean: np.ndarray
    """float64[outputs]: mean of y, or share of each class"""
    strength: float
    """Rows that the shared mean counts for, > 0"""
    noise: float
    """Variance inside tasks (gaussian), dispersion inside tasks (counts), else 0"""


def fit_pool(train: TaskArrays) -> Pool:
    """Empirical Bayes on sums per task: normal by moments, Dirichlet and gamma-Poisson by marginal likelihood."""
    name, weight = train.spec.likelihood, train.weight.astype(np.float64)
    rows = np.bincount(train.task_of_row, weight, minlength=train.n_tasks)
    sums = _task_sums(train, _indicators(train))
    if name == "gaussian":
        return _normal(train, rows, sums[:, 0])
    few = 0.25 if name == "bernoulli" else 0.5 / sums.shape[1]  # no share or rate is exactly 0
    mean = (sums.sum(axis=0) + few) / (rows.sum() + 0.5)
    if name == "negative_binomial":
        return _gamma_poisson(train, rows, sums[:, 0], mean)
    both = np.stack([rows - sums[:, 0], sums[:, 0]], axis=1) if name == "bernoulli" else sums
    shares = np.array([1 - mean[0], mean[0]]) if name == "bernoulli" else mean
    prior = _STRENGTHS[:, None, None] * shares
    # Dirichlet-multinomial, up to what does not depend on the strength.
    density = (gammaln(prior + both) - gammaln(prior)).sum(axis=(1, 2))
    density += (gammaln(_STRENGTHS[:, None]) - gammaln(_STRENGTHS[:, None] + rows)).sum(axis=1)
    return Pool(mean, float(_STRENGTHS[density.argmax()]), 0.0)


def _indicators(train: TaskArrays) -> np.ndarray:
    """float64[rows, outputs]: y itself, or one column a class."""
    if train.spec.likelihood not in ("categorical", "ordinal"):
        return train.y.astype(np.float64)[:, None]
    return np.asarray(train.y[:, None] == np.arange(train.spec.classes), dtype=np.float64)


def _task_sums(train: TaskArrays, values: np.ndarray) -> np.ndarray:
    """float64[tasks, outputs]: weighted sums of `values` [rows, outputs] per task."""
    weighted = values * train.weight[:, None]
    columns = [np.bincount(train.task_of_row, column, minlength=train.n_tasks) for column in weighted.T]
    return np.stack(columns, axis=1)


def _normal(train: TaskArrays, rows: np.ndarray, sums: np.ndarray) -> Pool:
    """One-way analysis of variance with unequal sizes (Searle 1971, section 10.2)."""
    mean, total = sums.sum() / max(rows.sum(), 1e-12), max(rows.sum(), 1e-12)
    own = sums / np.maximum(rows, 1e-12)
    inside = (train.weight * (train.y - own[train.task_of_row]) ** 2).sum() / max(np.maximum(rows - 1, 0).sum(), 1.0)
    tasks = (rows > 0).sum()
    effective = (total - (rows**2).sum() / total) / max(tasks - 1, 1)
    between = ((rows * (own - mean) ** 2).sum() / max(tasks - 1, 1) - inside) / max(effective, 1e-12)
    inside = max(float(inside), 1e-6)
    return Pool(np.array([mean]), float(np.clip(inside / max(between, 1e-9), 1e-3, 1e6)), inside)


def _gamma_poisson(train: TaskArrays, rows: np.ndarray, sums: np.ndarray, mean: np.ndarray) -> Pool:
    """Rates ~ Gamma(strength mean, strength); the counts of a task then are negative binomial."""
    shape = _STRENGTHS[:, None] * mean[0]
    rate = _STRENGTHS[:, None]
    density = gammaln(shape + sums) - gammaln(shape) + shape * np.log(rate) - (shape + sums) * np.log(rate + rows)
    own = np.maximum((sums / np.maximum(rows, 1e-12))[train.task_of_row], 1e-6)
    extra = (train.weight * ((train.y - own) ** 2 - own)).sum() / max((train.weight * own**2).sum(), 1e-12)
    return Pool(mean, float(_STRENGTHS[density.sum(axis=1).argmax()]), float(np.clip(extra, 1e-4, 100.0)))
