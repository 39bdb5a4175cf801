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
from warmstart.learners._ordinal_ridge import ordinal_ridge
from warmstart.learners._ranges import at_least
from warmstart.learners._row_parts import beside
from warmstart.learners.contract import Context
from warmstart.learners.likelihoods import belief, likelihood
from warmstart.learners.shifted import strength_of, strength_params
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Spec, Support

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
    """Ridge, logistic or ordinal regression on words by their rarity, categories and numbers; `offset` is ignored.

    The penalty is that of least loss on held-out task groups, on whose predictions the level's strength is learned too.
    """

    folds: int = 3
    """Of task groups, >= 2."""

    name: ClassVar[str] = "words"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian", "bernoulli", "ordinal"})

    def __post_init__(self) -> None:
        at_least(self, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"design", "start": float64[1 or cuts], "weights": float64[columns], "strength": float64[3], "family"}.

        Errors: `UsageError` for rows that are items of a catalogue.
        """
        if train.spec.items:
            raise UsageError("learner 'words' cannot read items of a catalogue; give rows their own features")
        design, x = fit_design(train)
        y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
        rng = np.random.default_rng(context.seed)
        fold = folds_of(train.group[train.task_of_row], self.folds, rng)
        held_out = np.zeros((len(_PENALTIES), len(y), max(1, train.spec.classes - 1)))
        for f in np.unique(fold):
            learnt, out = fold != f, fold == f
            for i, penalty in enumerate(_PENALTIES):
                start, slopes = _fitted(train.spec, x[learnt], y[learnt], weight[learnt], penalty)
                held_out[i, out] = start + (x[out] @ slopes)[:, None]
        said = belief(train.spec, Latent(held_out, 0 * held_out, 0 * held_out + 1))
        best = int((likelihood(train.spec.likelihood).log_prob(said, y + 0 * held_out[..., 0]) @ weight).argmax())
        strength = fit_strength(train, held_out[best].astype(np.float32), rng)
        start, slopes = _fitted(train.spec, x, y, weight, _PENALTIES[best])
        return {"design": design, "start": start, "weights": slopes} | strength_params(train.spec, strength)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> _Heard:
        """Learn the level from what the linear model gets wrong on the support."""
        name, strength = strength_of(params)
        link = _link(params, descriptor, support.x, np.shape(support.y)[1])
        return _Heard(descriptor, *level(name, link, support.y, support.weight, strength))

    def predict(self, params: Mapping[str, Any], state: _Heard, query: Query) -> Latent:
        """The linear model plus the level."""
        link = _link(params, state.descriptor, query.x, np.shape(query.item)[-1]) + state.level[:, None]
        mean = link if link.shape[-1] > 1 else link[..., 0]
        variance = np.broadcast_to(state.variance.reshape(-1, *[1] * (mean.ndim - 1)), mean.shape)
        return Latent(mean.astype(np.float32), variance, np.float32(params["strength"][2]))


def _link(params: Mapping[str, Any], descriptor: Rows, rows: Rows, width: int) -> np.ndarray:
    """float64[tasks, rows, 1 or cuts]"""
    link = linear_link(params["design"], params["weights"], rows, beside(descriptor, width))
    return np.asarray(link[..., None] + params["start"])


def _fitted(spec: Spec, x: Any, y: np.ndarray, weight: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """float64[1 or cuts] and float64[columns]: where the link starts, and what each column adds."""
    if spec.likelihood == "ordinal":
        return ordinal_ridge(x, y, weight, penalty, spec.classes)
    found = ridge(x, y, weight, penalty, classes=spec.likelihood == "bernoulli")
    return found[:1], found[1:]
