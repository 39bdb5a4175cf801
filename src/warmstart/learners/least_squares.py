"""`LeastSquares`: a line through the task's own rows; where all columns are logarithms, a log-log demand curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._coefficients import Coefficients, fit_columns, foretell, sums_of_support
from warmstart.learners._ranges import positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LeastSquares"]


@dataclass(frozen=True)
class LeastSquares:
    """Ordinary least squares of each task on its support, kept finite where rows are fewer than columns.

    Coefficients have their textbook covariance. The variance around the line is that of the task's residuals, and of
    all rows together while no residual is free. `offset` is ignored.
    """

    ridge: float = 0.3
    """Rows (> 0) that count for slopes of 0 and for a start at the mean of all tasks."""

    name: ClassVar[str] = "least_squares"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        positive(self, "ridge")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"columns", "mean": float64[], "variance": float64[]}: of the target; nothing else is shared."""
        columns = fit_columns(self.name, train.x, train.spec.items, train.spec.row.codes)
        weight = train.weight.astype(np.float64)
        total = max(weight.sum(), 1e-12)
        mean = weight @ train.y / total
        variance = max(weight @ (train.y - mean) ** 2 / total, 1e-6)
        return {"columns": columns, "mean": np.array(mean), "variance": np.array(variance)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Coefficients:
        """Fit every task at once."""
        sums = sums_of_support(params["columns"], support)
        wide = sums.xy.shape[1]
        start = np.zeros(wide)
        start[0] = float(params["mean"])
        inverse = np.linalg.inv(sums.xx + self.ridge * np.eye(wide))
        found = (inverse @ (sums.xy + self.ridge * start)[..., None])[..., 0]
        left = sums.yy - 2 * (found * sums.xy).sum(axis=1) + (found[:, None] @ sums.xx @ found[..., None])[:, 0, 0]
        free = np.maximum((np.asarray(support.weight) > 0).sum(axis=1) - wide, 0)
        own = np.where(free > 0, np.maximum(left, 0), 0)
        noise = (own + float(params["variance"])) / (free + 1)
        return Coefficients(found, inverse * noise[:, None, None], noise)

    def predict(self, params: Mapping[str, Any], state: Coefficients, query: Query) -> Latent:
        """The line of each task."""
        return foretell(params["columns"], state, query)
