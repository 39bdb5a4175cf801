"""One side of a factor model, users or items: Gaussian posteriors of their vectors around what their content says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from scipy import linalg, sparse

__all__ = ["Evidence", "Side", "expected_outer", "posterior", "widened", "with_one"]

_CHUNK = 4096  # rows whose products with all columns are held at once
_FLOOR = 1e-6  # variance that is always left
_LOOSE = 1e-3  # precision of the constant
_LEAST, _MOST = 1e-2, 1e6  # precision of a block of columns


class Evidence(NamedTuple):
    """What ratings say of vectors: their precision and precision times mean, noise included."""

    precision: np.ndarray
    """float64[n, factors, factors]"""
    pull: np.ndarray
    """float64[n, factors]"""


@dataclass(frozen=True, eq=False)
class Side:
    """z ~ N(weights' x, (1 + x' doubt x) spread) with one content row x each, and the posterior of every z.

    The first component of z is the level, the others are factors.
    """

    x: sparse.csr_matrix
    """float64[n, columns]"""
    block: np.ndarray
    """int64[columns]"""
    weights: np.ndarray
    """float64[columns, factors]"""
    doubt: np.ndarray
    """float64[2, columns, columns]: covariance of the weights of level and factors, in units of the spread."""
    precisions: np.ndarray
    """float64[2, blocks]: of the weights of level and factors, in units of the spread."""
    spread: np.ndarray
    """float64[factors, factors]"""
    mean: np.ndarray
    """float64[n, factors]"""
    covariance: np.ndarray
    """float64[n, factors, factors]"""
    least: float = 0.0
    """Reliability that a vector counts at least where weights are learned, in [0, 1]."""

    @classmethod
    def start(
        cls, x: sparse.csr_matrix, block: np.ndarray, mean: np.ndarray, spread: float, least: float = 0.0
    ) -> Self:
        """Nothing known: content says nothing yet, vectors lie at `mean` (float64[n, factors])."""
        n, factors = mean.shape
        columns, blocks = x.shape[1], int(block.max()) + 1
        precisions = np.full((2, blocks), 10.0)
        precisions[:, 0] = _LOOSE
        held = np.eye(factors) * spread
        weights, doubt = np.zeros((columns, factors)), np.zeros((2, columns, columns))
        return cls(x, block, weights, doubt, precisions, held, mean, np.zeros((n, factors, factors)), least)

    def informed(self, told: Evidence) -> Self:
        """Posteriors given evidence; what the weights do not know widens only a vector without evidence of its own.

        The weights were learned from the others: they are sure of these as far as the spread says.
        """
        silent = np.trace(told.precision, axis1=1, axis2=2) <= 0
        prior = np.repeat(self.spread[None], len(silent), axis=0)
        prior[silent] = widened(self.spread, self.x[silent], self.doubt)
        mean, covariance = posterior(self.x @ self.weights, prior, told)
        return replace(self, mean=mean, covariance=covariance)

    def learned(self, worth: np.ndarray) -> Self:
        """Spread, weights and their precisions that fit the posteriors, each counted `worth` (float64[n]) times."""
        told = worth > 0
        x, covariance, worth = self.x[told], self.covariance[told], worth[told] / worth[told].mean()
        left = self.mean[told] - x @ self.weights
        unsure = covariance + widened(self.spread, x, self.doubt) - self.spread
        spread = (left.T * worth @ left + np.tensordot(worth, unsure, 1)) / len(left) + _FLOOR * np.eye(left.shape[1])
        known = np.clip(1 - np.diagonal(covariance, axis1=1, axis2=2) / np.diag(spread), self.least, 1.0)
        weights, doubt, precisions = self.weights.copy(), self.doubt.copy(), self.precisions.copy()
        for part, columns in enumerate((slice(0, 1), slice(1, None))):
            trust = worth * known[:, columns].mean(axis=1)
            right = worth[:, None] * left[:, columns]
            held = precisions[part]
            weights[:, columns], doubt[part] = _regress(x, right, weights[:, columns], trust, held[self.block])
            scale = np.diag(spread)[columns]
            precisions[part] = _evidence(weights[:, columns], doubt[part], scale, self.block, held)
        return replace(self, spread=spread, weights=weights, doubt=doubt, precisions=precisions)


def _regress(
    x: sparse.csr_matrix, left: np.ndarray, before: np.ndarray, trust: np.ndarray, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights [columns, factors] and their covariance in units of the spread.

    A vector known with reliability r was shrunk by r towards what its content said before, so it counts r and lies
    at before + left / r: an item with three ratings does not count like one with three thousand.
    """
    gram = (x.T @ sparse.diags(trust) @ x).toarray()
    right = gram @ before + x.T @ left
    factor = linalg.cholesky(gram + np.diag(precision), lower=True, overwrite_a=True, check_finite=False)
    inverse, _ = linalg.lapack.dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    return np.asarray(inverse @ right), inverse


def _evidence(
    weights: np.ndarray, doubt: np.ndarray, scale: np.ndarray, block: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """Precision of each block by MacKay's update; the constant stays loose."""
    columns = np.bincount(block, minlength=len(before))
    free = columns - before * np.bincount(block, np.diag(doubt), minlength=len(before))
    size = np.bincount(block, (weights**2 / scale).sum(axis=1), minlength=len(before))
    found = np.clip(np.maximum(free, 1e-6) * len(scale) / np.maximum(size, 1e-12), _LEAST, _MOST)
    return np.where((columns > 0) & (np.arange(len(before)) > 0), found, before)


def widened(spread: np.ndarray, x: sparse.csr_matrix, doubt: np.ndarray) -> np.ndarray:
    """float64[n, factors, factors]: spread, widened where the content is strange."""
    parts = [x[start : start + _CHUNK] for start in range(0, x.shape[0], _CHUNK)]
    squares = [
        np.stack([np.asarray(p.multiply(p @ each).sum(axis=1)).ravel() for each in doubt], axis=1) for p in parts
    ]
    wider = np.concatenate([np.zeros((0, len(doubt))), *squares])
    root = np.sqrt(1 + wider)[:, np.minimum(np.arange(len(spread)), 1)]
    return np.asarray(spread * root[:, :, None] * root[:, None, :])


def posterior(mean: np.ndarray, covariance: np.ndarray, told: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Mean [n, factors] and covariance [n, factors, factors] of Gaussian priors times evidence.

    Written without the inverse of the prior's covariance, so that it may be singular.
    """
    eye = np.eye(mean.shape[1])
    found = np.linalg.solve(eye + covariance @ told.precision, covariance)
    found = (found + np.swapaxes(found, 1, 2)) / 2
    left = told.pull - np.einsum("nij,nj->ni", told.precision, mean)
    return mean + np.einsum("nij,nj->ni", found, left), found


def expected_outer(mean: np.ndarray, covariance: np.ndarray, levels: Sequence[int] = (0,)) -> np.ndarray:
    """float64[n, factors, factors]: E[f fᵀ] of f = (1, factors of z), the levels taken out."""
    feature = with_one(mean, levels)
    outer = np.asarray(feature[:, :, None] * feature[:, None, :])
    free = np.ones(mean.shape[1])
    free[list(levels)] = 0
    return outer + covariance * np.outer(free, free)


def with_one(mean: np.ndarray, levels: Sequence[int] = (0,)) -> np.ndarray:
    """float64[..., factors]: f = (1, factors of z), 1 standing for each of the levels."""
    feature = np.array(mean)
    feature[..., list(levels)] = 1
    return feature
