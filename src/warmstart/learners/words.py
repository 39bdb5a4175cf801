"""`Words`: a linear model of all words, categories and numbers (TF-IDF), and the task's own level above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._boosting import folds_of
from warmstart.learners._level import fit_strength, level
from warmstart.learners._linear import fit_design, linear_link, ridge
from warmstart.learners._ranges import at_least
from warmstart.learners._row_parts import beside
from warmstart.learners.contract import Context
from warmstart.learners.shifted import strength_of, strength_params
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Words"]

_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


class _Heard(NamedTuple):
    """A task's descriptor and level."""

    descriptor: Rows
    """`Rows` with leading axis [tasks]."""
    level: np.ndarray
    """float32[tasks, 1]"""
    variance: np.ndarray
    """float32[tasks]"""


@dataclass(frozen=True)
class Words:
    """Ridge or logistic regression on every word by its rarity, every category and every number; `offset` is ignored.

    The penalty is that of least loss on held-out task groups, on whose predictions the level's strength is learned too.
    """

    folds: int = 3
    """Of task groups, >= 2."""

    name: ClassVar[str] = "words"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian", "bernoulli"})

    def __post_init__(self) -> None:
        at_least(self, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"design", "weights": float64[1 + columns], "strength": float64[3], "family": int64[]}.

        Errors: `UsageError` for rows that are items of a catalogue.
        """
        if train.spec.items:
            raise UsageError("learner 'words' cannot read items of a catalogue; give rows their own features")
        design, x = fit_design(train)
        y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
        classes = train.spec.likelihood == "bernoulli"
        rng = np.random.default_rng(context.seed)
        fold = folds_of(train.group[train.task_of_row], self.folds, rng)
        held_out = np.zeros((len(_PENALTIES), len(y)))
        for f in np.unique(fold):
            learnt, out = fold != f, fold == f
            for i, penalty in enumerate(_PENALTIES):
                found = ridge(x[learnt], y[learnt], weight[learnt], penalty, classes=classes)
                held_out[i, out] = found[0] + x[out] @ found[1:]
        loss = np.logaddexp(0, held_out) - y * held_out if classes else (held_out - y) ** 2
        best = int((loss @ weight).argmin())
        strength = fit_strength(train, held_out[best, :, None].astype(np.float32), rng)
        weights = ridge(x, y, weight, _PENALTIES[best], classes=classes)
        return {"design": design, "weights": weights} | strength_params(train.spec, strength)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> _Heard:
        """Learn the level from what the linear model gets wrong on the support."""
        name, strength = strength_of(params)
        link = _link(params, descriptor, support.x, np.shape(support.y)[1])
        return _Heard(descriptor, *level(name, link[..., None], support.y, support.weight, strength))

    def predict(self, params: Mapping[str, Any], state: _Heard, query: Query) -> Latent:
        """The linear model plus the level."""
        mean = _link(params, state.descriptor, query.x, np.shape(query.item)[-1]) + state.level
        variance = np.broadcast_to(state.variance[:, None], mean.shape)
        return Latent(mean.astype(np.float32), variance, np.float32(params["strength"][2]))


def _link(params: Mapping[str, Any], descriptor: Rows, rows: Rows, width: int) -> np.ndarray:
    """float64[tasks, rows]"""
    return linear_link(params["design"], params["weights"], rows, beside(descriptor, width))
