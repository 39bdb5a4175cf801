"""`Shifted`: the global model plus the task's own level, a shrunk mean residual of the support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._base_model import base_link, fit_base, is_ordered, latent_mean
from warmstart.learners._boosting import Boosting
from warmstart.learners._design import rows_matrix
from warmstart.learners._level import Strength, fit_strength, level
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Spec, Support

__all__ = ["Levelled", "Shifted", "strength_of", "strength_params"]

_FAMILIES = ("gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal")


class Levelled(NamedTuple):
    """A task's descriptor and level."""

    descriptor: np.ndarray
    """float32[tasks, features]"""
    level: np.ndarray
    """float32[tasks, outputs]"""
    variance: np.ndarray
    """float32[tasks]"""


@dataclass(frozen=True)
class Shifted:
    """LightGBM on row and descriptor, shifted on the link scale; `offset` is ignored.

    Prior precision of the level and correlation of support rows are those under which supports of training tasks, on
    cross-fitted predictions, best foretell their queries (empirical Bayes). Hyper-parameters as of `Global`.
    """

    learning_rate: float = 0.1
    leaves: int = 31
    min_rows: int = 20
    max_rounds: int = 1000
    folds: int = 3
    threads: int = 0

    name: ClassVar[str] = "shifted"
    likelihoods: ClassVar[frozenset[str]] = frozenset(_FAMILIES)

    def __post_init__(self) -> None:
        positive(self, "learning_rate")
        at_least(self, leaves=2, min_rows=1, max_rounds=1, folds=2, threads=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Parameters of the base, "strength": float64[3], "family": int64[]."""
        boosting = Boosting(self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads)
        base = fit_base(train, boosting, self.folds, context.seed)
        strength = fit_strength(train, base.held_out, np.random.default_rng(context.seed))
        return base.params | strength_params(train.spec, strength)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Levelled:
        """Learn the level from what the base gets wrong on the support."""
        told = rows_matrix(params["design"]["descriptor"], descriptor)
        link = base_link(params, told, support.x, support.item, self.threads)
        name, strength = strength_of(params)
        return Levelled(told, *level(name, link, support.y, support.weight, strength))

    def predict(self, params: Mapping[str, Any], state: Levelled, query: Query) -> Latent:
        """The base's link plus the level."""
        link = base_link(params, state.descriptor, query.x, query.item, self.threads) + state.level[:, None]
        mean = latent_mean(link, ordered=is_ordered(params))
        variance = np.broadcast_to(state.variance.reshape(-1, *[1] * (mean.ndim - 1)), mean.shape)
        return Latent(mean, variance, np.float32(params["strength"][2]))


def strength_params(spec: Spec, strength: Strength) -> dict[str, Any]:
    """The strength and the likelihood as arrays, to be saved."""
    return {"strength": np.array(strength), "family": np.array(_FAMILIES.index(spec.likelihood))}


def strength_of(params: Mapping[str, Any]) -> tuple[str, Strength]:
    """Name of the likelihood and strength out of the parameters."""
    return _FAMILIES[int(params["family"])], Strength(*map(float, params["strength"]))
