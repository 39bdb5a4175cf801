"""`Logistic`: one regularised logistic regression of all tasks that never looks at the support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from warmstart.learners._boosting import folds_of
from warmstart.learners._design import categorical_columns, fit_design, pair_matrix, row_matrix, rows_matrix
from warmstart.learners._logistic import best_ridge, fit_logistic, linear_link
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.global_boost import Described
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Logistic"]


@dataclass(frozen=True)
class Logistic:
    """Numbers of unit spread and an indicator of each common category; `offset` is ignored.

    The ridge is the one of least loss on held-out groups.
    """

    categories: int = 64
    """Most indicators of a column, >= 1: its most frequent values."""
    folds: int = 3
    """Of task groups, >= 2."""

    name: ClassVar[str] = "logistic"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli"})

    def __post_init__(self) -> None:
        at_least(self, categories=1, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"design": columns, "places", "values": int64[], "scale": float64[], "weights": float64[]}."""
        design = fit_design(train)
        pairs = pair_matrix(design, train, np.arange(len(train.y)))
        places = np.array(categorical_columns(train), np.int64)
        most = [int(np.nanmax(pairs[:, at], initial=0)) for at in places]
        values = np.minimum(np.array(most, np.int64), self.categories)
        wide = _widen(pairs, places, values)
        spread = wide.std(axis=0, dtype=np.float64)
        params = {
            "design": design,
            "places": places,
            "values": values,
            "scale": np.where(spread > 0, 1 / np.maximum(spread, 1e-9), 0.0),
        }
        x = sparse.csr_matrix(_scaled(params, wide), dtype=np.float64)  # most of an indicator is 0
        y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
        fold = folds_of(train.group[train.task_of_row], self.folds, np.random.default_rng(context.seed))
        ridge = best_ridge(lambda learnt: x, y, weight, fold)
        return params | {"weights": fit_logistic(x, y, weight, ridge)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Described:
        """Keep the descriptor."""
        return Described(rows_matrix(params["design"]["descriptor"], descriptor))

    def predict(self, params: Mapping[str, Any], state: Described, query: Query) -> Latent:
        """The same for any support."""
        x = row_matrix(params["design"], query.x, query.item)
        told = np.broadcast_to(state.descriptor[:, None], (*x.shape[:2], state.descriptor.shape[-1]))
        wide = _widen(np.concatenate([x, told], axis=-1), params["places"], params["values"])
        mean = linear_link(params["weights"], _scaled(params, wide)).astype(np.float32)
        return Latent(mean, np.zeros_like(mean), np.float32(0))


def _widen(pairs: np.ndarray, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """float32[..., columns]: what is no category (missing is 0), then an indicator of each common category."""
    numbers = np.nan_to_num(np.delete(pairs, places, axis=-1))
    hot = [pairs[..., at, None] == np.arange(1, n + 1) for at, n in zip(places, values, strict=True)]
    return np.concatenate([numbers, *hot], axis=-1).astype(np.float32)


def _scaled(params: Mapping[str, Any], wide: np.ndarray) -> np.ndarray:
    """Columns of unit spread, not centred: that would only move the intercept."""
    return np.asarray(wide * params["scale"], np.float32)
