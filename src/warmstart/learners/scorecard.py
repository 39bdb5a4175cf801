"""`Scorecard`: what lenders build: a weight of evidence for each bin of a column, and a logistic regression on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._boosting import folds_of
from warmstart.learners._design import categorical_columns, fit_design, pair_matrix, row_matrix, rows_matrix
from warmstart.learners._logistic import best_ridge, fit_logistic, linear_link
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.learners.global_boost import Described
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Scorecard"]


@dataclass(frozen=True)
class Scorecard:
    """Weight-of-evidence logistic regression (Siddiqi: Credit Risk Scorecards, 2006), the same for every task.

    The weight of evidence of a bin is the logarithm of its odds less that of the odds of all rows, pulled to 0 by
    pseudo-rows. The ridge is the one of least loss on held-out groups. `offset` is ignored.
    """

    bins: int = 10
    """Of a number, by quantiles of training rows, >= 2."""
    categories: int = 64
    """Bins of a category, >= 1: its most frequent values, rarer ones sharing the last."""
    smoothing: float = 20.0
    """Pseudo-rows of every bin, divided as the classes of all rows, > 0."""
    folds: int = 3
    """Of task groups, >= 2."""

    name: ClassVar[str] = "scorecard"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli"})

    def __post_init__(self) -> None:
        positive(self, "smoothing")
        at_least(self, bins=2, categories=1, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"design", "edges": float32[columns, edges], "evidence": float64[columns, bins], "weights": float64[]}."""
        design = fit_design(train)
        pairs = pair_matrix(design, train, np.arange(len(train.y)))
        edges = self._edges(pairs, categorical_columns(train))
        bins, y, weight = _binned(edges, pairs), train.y.astype(np.float64), train.weight.astype(np.float64)

        def told(learnt: np.ndarray) -> np.ndarray:
            return _looked_up(self._evidence(bins, y, weight * learnt, edges.shape[1]), bins)

        fold = folds_of(train.group[train.task_of_row], self.folds, np.random.default_rng(context.seed))
        ridge = best_ridge(told, y, weight, fold)
        evidence = self._evidence(bins, y, weight, edges.shape[1])
        weights = fit_logistic(_looked_up(evidence, bins), y, weight, ridge)
        return {"design": design, "edges": edges, "evidence": evidence, "weights": weights}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Described:
        """Keep the descriptor."""
        return Described(rows_matrix(params["design"]["descriptor"], descriptor))

    def predict(self, params: Mapping[str, Any], state: Described, query: Query) -> Latent:
        """The same for any support."""
        x = row_matrix(params["design"], query.x, query.item)
        told = np.broadcast_to(state.descriptor[:, None], (*x.shape[:2], state.descriptor.shape[-1]))
        bins = _binned(params["edges"], np.concatenate([x, told], axis=-1))
        mean = linear_link(params["weights"], _looked_up(params["evidence"], bins)).astype(np.float32)
        return Latent(mean, np.zeros_like(mean), np.float32(0))

    def _edges(self, pairs: np.ndarray, categorical: list[int]) -> np.ndarray:
        """float32[columns, edges], rising; infinity fills up. A category's edges are its ranks from the first on."""
        found = []
        for at, values in enumerate(pairs.T):
            if at in categorical:
                most = int(np.nanmax(values, initial=0))
                found.append(np.arange(1, min(most, self.categories) + 1, dtype=np.float32))
            else:
                inner = np.nanquantile(values, np.arange(1, self.bins) / self.bins)
                found.append(np.unique(inner).astype(np.float32))
        edges = np.full((len(found), max((len(f) for f in found), default=0)), np.inf, np.float32)
        for at, own in enumerate(found):
            edges[at, : len(own)] = own
        return edges

    def _evidence(self, bins: np.ndarray, y: np.ndarray, weight: np.ndarray, edges: int) -> np.ndarray:
        """float64[columns, bins]: the weight of evidence for class 1."""
        columns = bins.shape[1]
        place = (np.arange(columns) * (edges + 1) + bins).ravel()
        of_row = np.repeat(weight[:, None], columns, axis=1)
        size = columns * (edges + 1)
        one, all_rows = (np.bincount(place, w.ravel(), size) for w in (of_row * y[:, None], of_row))
        share = np.clip((weight * y).sum() / max(weight.sum(), 1e-12), 1e-6, 1 - 1e-6)
        ones, zeros = one + self.smoothing * share, all_rows - one + self.smoothing * (1 - share)
        return np.asarray(np.log(ones / zeros) - np.log(share / (1 - share))).reshape(columns, edges + 1)


def _binned(edges: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """int64[..., columns]: how many edges lie at or below each value; 0 for one that is missing."""
    found = [
        np.searchsorted(own, values, side="right") for own, values in zip(edges, np.moveaxis(pairs, -1, 0), strict=True)
    ]
    bins = np.stack(found, axis=-1) if found else np.zeros(pairs.shape, np.int64)
    return np.where(np.isnan(pairs), 0, bins)


def _looked_up(evidence: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """float64[..., columns]"""
    return np.asarray(evidence[np.arange(len(evidence)), bins])
