"""`Newcomers`: new items by how fast they and their like are taken, and by how much a task takes of their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from warmstart.learners._arrivals import arrivals
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
_FEWEST = 20  # items with two takers, to learn from how far sales follow attributes
_START = (1.0, 1.0)  # of the search: shape, and how fast an item sells beside what is expected


@dataclass(frozen=True)
class Newcomers:
    """Log of how fast an item is taken, times how much of its kind a task takes beside others.

    The first starts at what attributes say and moves to the item's own takers: expected takers by a Poisson model of
    all training items (LightGBM) are the mean of a gamma prior of the item's rate, and the time in which its takers
    came, from the first to the last, is what is seen of it (Fader, Hardie and Lee 2005, for customers). The second is,
    for each code column of the items (subclass, maker, …), the share of the item's value in the support over that
    among all, averaged as logarithms.
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
        """{"codes": int64[items, columns], "rate": float32[items], "share": {column: float32[values]}}.

        "rate" is the logarithm. Errors: `DataError` with fewer than two items; `NotReady` without LightGBM.
        """
        codes, takers = train.catalogue.codes.astype(np.int64), item_counts(train, None)[0]
        share = {}
        for column in range(codes.shape[1]):
            sold = np.bincount(codes[:, column], takers) + _LEAST
            share[str(column)] = (sold / sold.sum()).astype(np.float32)
        return {"codes": codes, "rate": self._rate(train, takers, context.seed), "share": share}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Log scores [tasks, items]."""
        item = np.asarray(state.item)
        rows = (item >= 0).sum(axis=1, keepdims=True)
        score = np.repeat(params["rate"][None], len(item), axis=0)
        for column, share in params["share"].items():
            code = params["codes"][:, int(column)]
            told = np.zeros((len(item), len(share) + 1), np.float32)
            of_item = np.where(item >= 0, code[np.maximum(item, 0)], len(share))
            np.add.at(told, (np.arange(len(item))[:, None], of_item), 1.0)
            more = (told[:, :-1] + self.strength * share) / ((rows + self.strength) * share)
            score += np.log(more).astype(np.float32)[:, code] / len(params["share"])
        return scores_at(score, query)

    def _rate(self, train: TaskArrays, takers: np.ndarray, seed: int) -> np.ndarray:
        """float32[items]: log of the mean of each item's posterior rate."""
        x, known = fit_design(train)["catalogue"], np.flatnonzero(takers > 0)
        categorical = [column for column in categorical_columns(train) if column < x.shape[1]]  # of the items alone
        table = Table(x[known], takers[known].astype(np.float32), np.ones(len(known), np.float32), None, categorical)
        boosting = Boosting(self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads)
        fold = folds_of(np.arange(len(known)), self.folds, np.random.default_rng(seed))
        counts = replace(train.spec, likelihood="negative_binomial")
        fitted = cross_fit(table, fold, boosting, counts, seed)
        expected = np.exp(predict_link(fitted.model, x, self.threads)[:, 0].astype(np.float64))
        number, time = arrivals(train)
        often = number[known] > 1
        if often.sum() < _FEWEST or not time.any():
            return np.asarray(np.log(expected), np.float32)
        unseen = np.exp(fitted.held_out[often, 0].astype(np.float64))
        shape, speed = _learned(unseen, number[known][often], time[known][often])
        more = np.maximum(number - 1, 0)
        return np.asarray(np.log((shape + more) / (shape / (speed * expected) + time)), np.float32)


def _learned(expected: np.ndarray, number: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Shape of the gamma prior, and its mean over `expected`, of the highest likelihood of the waiting times."""
    more = number - 1

    def surprise(logs: np.ndarray) -> float:
        shape, speed = np.exp(logs)
        before = shape / (speed * expected)
        gain = gammaln(shape + more) - gammaln(shape) + shape * np.log(before) - (shape + more) * np.log(before + time)
        return -float(gain.sum())

    return np.asarray(np.exp(minimize(surprise, np.log(_START), method="Nelder-Mead").x))
