"""Training ratings as sparse matrices, and what they say of users or items while the other side is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from warmstart.learners._factor_side import Evidence, Side, expected_outer, with_one
from warmstart.tasks.arrays import TaskArrays

__all__ = ["Ratings"]


@dataclass(frozen=True, eq=False)
class Ratings:
    """Training rows as sparse matrices [users, items]: their weights, and weights times what is above the mean."""

    mean: float
    variance: float
    weight: sparse.csr_matrix
    above: sparse.csr_matrix
    square: float
    """Sum of weighted squares above the mean."""

    @classmethod
    def of(cls, train: TaskArrays) -> Ratings:
        """Rows of positive weight with an item."""
        real = (train.item >= 0) & (train.weight > 0)
        weight, y = train.weight[real].astype(np.float64), train.y[real].astype(np.float64)
        total = max(weight.sum(), 1e-12)
        mean = float((weight * y).sum() / total)
        square = float((weight * (y - mean) ** 2).sum())
        at = train.task_of_row[real], train.item[real]
        shape = train.n_tasks, train.spec.items
        weights, above = (sparse.csr_matrix((v, at), shape=shape) for v in (weight, weight * (y - mean)))
        return cls(mean, max(square / total, 1e-6), weights, above, square)

    @property
    def fame(self) -> np.ndarray:
        """float64[items]: logarithm of an item's rows above that of the item of an average row; 0 without rows."""
        rows = np.asarray(self.weight.sum(axis=0)).ravel()
        height = np.log(np.maximum(rows, 1e-12))
        usual = (rows * height).sum() / rows.sum()
        return np.where(rows > 0, height - usual, 0)

    def worth_of_items(self, popularity: float) -> np.ndarray:
        """float64[items]: rows to the power of `popularity`, 0 for an item without rows."""
        rows = np.asarray(self.weight.sum(axis=0)).ravel()
        return np.where(rows > 0, np.maximum(rows, 1e-12) ** popularity, 0)

    @property
    def worth_of_users(self) -> np.ndarray:
        """float64[users]: 1 for a user with rows, else 0."""
        return (np.asarray(self.weight.sum(axis=1)).ravel() > 0).astype(float)

    def by_user(self, items: Side, noise: float) -> Evidence:
        """What the rows say of each user's vector."""
        return _told(self.weight, self.above, items, noise)

    def by_item(self, users: Side, noise: float) -> Evidence:
        """What the rows say of each item's vector."""
        return _told(self.weight.T.tocsr(), self.above.T.tocsr(), users, noise)

    def noise(self, users: Side, items: Side) -> float:
        """Expected squared error of a row, over the posteriors of both sides.

        Σ w E[(y - b - u·f)²] = Σ w E[(y - b)²] - 2 u·pull + E[u uᵀ]·precision
        """
        told = _told(self.weight, self.above, items, 1.0)
        level = items.mean[:, 0]
        squares = self.square - 2 * float((self.above @ level).sum())
        squares += float((self.weight @ (level**2 + items.covariance[:, 0, 0])).sum())
        outer = users.mean[:, :, None] * users.mean[:, None, :] + users.covariance
        squares += float((outer * told.precision).sum() - 2 * (users.mean * told.pull).sum())
        return max(squares / max(float(self.weight.sum()), 1e-12), 1e-6)


def _told(weight: sparse.csr_matrix, above: sparse.csr_matrix, other: Side, noise: float) -> Evidence:
    """What ratings say of one side's vectors [n, factors], given the posteriors of the other side's."""
    width = other.mean.shape[1]
    outer = expected_outer(other.mean, other.covariance)
    crossed = other.mean[:, :1] * with_one(other.mean)
    crossed[:, 1:] += other.covariance[:, 0, 1:]
    upper = np.triu_indices(width)
    packed = weight @ outer[:, upper[0], upper[1]]
    precision = np.empty((len(packed), width, width))
    precision[:, upper[0], upper[1]] = packed
    precision[:, upper[1], upper[0]] = packed
    return Evidence(precision / noise, (above @ with_one(other.mean) - weight @ crossed) / noise)
