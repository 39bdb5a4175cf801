"""`Global`: one boosted model of all tasks that never looks at the support; what adaptation has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._base_model import base_link, fit_base, is_ordered, latent_mean
from warmstart.learners._boosting import Boosting
from warmstart.learners._design import rows_matrix
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Described", "Global"]


class Described(NamedTuple):
    """What is known of each task before its first row."""

    descriptor: np.ndarray
    """float32[tasks, features]"""


@dataclass(frozen=True)
class Global:
    """LightGBM on row and descriptor; `offset` is ignored. Gaussian noise is the held-out residual variance."""

    learning_rate: float = 0.1
    """> 0"""
    leaves: int = 31
    """Of each tree, >= 2."""
    min_rows: int = 20
    """In a leaf, >= 1."""
    max_rounds: int = 1000
    """>= 1; fewer where the loss on held-out groups says so."""
    folds: int = 3
    """Of task groups, >= 2."""
    threads: int = 0
    """0 for all cores."""
    monotone: tuple[tuple[str, int], ...] = ()
    """Number features, each with 1 or -1: the prediction may only rise, or only fall, as the feature rises."""

    name: ClassVar[str] = "global_boost"
    likelihoods: ClassVar[frozenset[str]] = frozenset(
        {"gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal"}
    )

    def __post_init__(self) -> None:
        positive(self, "learning_rate")
        at_least(self, leaves=2, min_rows=1, max_rounds=1, folds=2, threads=0)
        for column, sign in self.monotone:
            if sign not in (-1, 1):
                raise UsageError(f"{self.name}.monotone: expected 1 or -1 for {column!r}; got {sign!r}")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"base": model, "design": columns, "noise": float32[], "ordered": bool[]}."""
        return self.fit_held_out(train, context)[0]

    def fit_held_out(self, train: TaskArrays, context: Context) -> tuple[dict[str, Any], np.ndarray]:
        """Parameters, and float32[rows, outputs]: the link of every row by a model that has not seen its group."""
        boosting = Boosting(self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads)
        return fit_base(train, boosting, self.folds, context.seed, self.monotone)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Described:
        """Keep the descriptor."""
        return Described(rows_matrix(params["design"]["descriptor"], descriptor))

    def predict(self, params: Mapping[str, Any], state: Described, query: Query) -> Latent:
        """The same for any support."""
        link = base_link(params, state.descriptor, query.x, query.item, self.threads)
        mean = latent_mean(link, ordered=is_ordered(params))
        return Latent(mean, np.zeros_like(mean), np.asarray(params["noise"], dtype=np.float32))
