"""`Newcomers`: new items by how many take their like, and by how much a task takes of their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._boosting import Boosting, Table, cross_fit, folds_of, predict_link
from warmstart.learners._design import categorical_columns, fit_design
from warmstart.learners._interactions import Seen, scores_at, seen
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.learners.popularity import item_counts
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Newcomers"]

_LEAST = 0.5  # of an item's value that nobody took


@dataclass(frozen=True)
class Newcomers:
    """Log of how many tasks take an item of such attributes, times how much of its kind a task takes beside others.

    The first is a Poisson model of the takers of all training items (LightGBM); an item's own takers are not looked at,
    so that new items are ranked among each other. The second is, for each code column of the items (subclass,
    category, …), the share of the item's value in the support over that among all, averaged as logarithms.
    """

    learning_rate: float = 0.05
    leaves: int = 31
    min_rows: int = 20
    max_rounds: int = 1000
    folds: int = 3
    threads: int = 0
    strength: float = 3.0
    """Rows (> 0) that the shares among all count for in a support."""

    name: ClassVar[str] = "newcomers"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "learning_rate", "strength")
        at_least(self, leaves=2, min_rows=1, max_rounds=1, folds=2, threads=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"codes": int64[items, columns], "demand": float32[items], "share": {column: float32[values]}}.

        Errors: `DataError` with fewer than two items; `NotReady` without LightGBM.
        """
        codes, takers = train.catalogue.codes.astype(np.int64), item_counts(train, None)[0]
        share = {}
        for column in range(codes.shape[1]):
            sold = np.bincount(codes[:, column], takers) + _LEAST
            share[str(column)] = (sold / sold.sum()).astype(np.float32)
        return {"codes": codes, "demand": self._demand(train, takers, context.seed), "share": share}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Log scores [tasks, items]."""
        item = np.asarray(state.item)
        rows = (item >= 0).sum(axis=1, keepdims=True)
        score = np.repeat(params["demand"][None], len(item), axis=0)
        for column, share in params["share"].items():
            code = params["codes"][:, int(column)]
            told = np.zeros((len(item), len(share) + 1), np.float32)
            of_item = np.where(item >= 0, code[np.maximum(item, 0)], len(share))
            np.add.at(told, (np.arange(len(item))[:, None], of_item), 1.0)
            more = (told[:, :-1] + self.strength * share) / ((rows + self.strength) * share)
            score += np.log(more).astype(np.float32)[:, code] / len(params["share"])
        return scores_at(score, query)

    def _demand(self, train: TaskArrays, takers: np.ndarray, seed: int) -> np.ndarray:
        """float32[items]: log of the expected number of takers, by attributes alone."""
        x, known = fit_design(train)["catalogue"], np.flatnonzero(takers > 0)
        categorical = [column for column in categorical_columns(train) if column < x.shape[1]]  # of the items alone
        table = Table(x[known], takers[known].astype(np.float32), np.ones(len(known), np.float32), None, categorical)
        boosting = Boosting(self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads)
        fold = folds_of(np.arange(len(known)), self.folds, np.random.default_rng(seed))
        counts = replace(train.spec, likelihood="negative_binomial")
        return predict_link(cross_fit(table, fold, boosting, counts, seed).model, x, self.threads)[:, 0]
