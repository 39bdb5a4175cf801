"""`Scaled`: a straight line in the one number that tells most, and the task's own level above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._level import fit_strength, level
from warmstart.learners.contract import Context
from warmstart.learners.shifted import strength_of, strength_params
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Scaled"]


class _Scale(NamedTuple):
    """The level of each task."""

    level: np.ndarray
    """float32[tasks, 1]"""
    variance: np.ndarray
    """float32[tasks]"""


class _Line(NamedTuple):
    start: float
    slope: float
    error: float
    """Weighted sum of squares."""


@dataclass(frozen=True)
class Scaled:
    """What planners do by hand: sales of the first days times what they usually become, a little more or less by task.

    The number is the one of a row whose line over all training rows has the least squared error. Where the target and
    the number are logarithms, the line is a power law and the level a factor.
    """

    name: ClassVar[str] = "scaled"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"column": int64[], "line": float64[2], "strength": float64[3], "family": int64[]}.

        Errors: `UsageError` where rows have no number.
        """
        numbers = np.asarray(train.x.numbers, np.float64)
        if not numbers.shape[1]:
            raise UsageError("learner 'scaled' needs a feature of kind 'number'")
        y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
        lines = [_line(x, y, weight) for x in numbers.T]
        column = int(np.argmin([line.error for line in lines]))
        params = {"column": np.array(column), "line": np.array([lines[column].start, lines[column].slope])}
        strength = fit_strength(train, _link(params, train.x)[:, None], np.random.default_rng(context.seed))
        return params | strength_params(train.spec, strength)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> _Scale:
        """Learn the level from what the line gets wrong on the support."""
        name, strength = strength_of(params)
        return _Scale(*level(name, _link(params, support.x)[..., None], support.y, support.weight, strength))

    def predict(self, params: Mapping[str, Any], state: _Scale, query: Query) -> Latent:
        """The line plus the level."""
        mean = _link(params, query.x) + state.level
        return Latent(mean, np.broadcast_to(state.variance[:, None], mean.shape), np.float32(params["strength"][2]))


def _link(params: Mapping[str, Any], rows: Rows) -> np.ndarray:
    """float32[...]: the line at rows [...]."""
    start, slope = params["line"]
    link: np.ndarray = start + slope * np.asarray(rows.numbers)[..., int(params["column"])]
    return link.astype(np.float32)


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> _Line:
    """The straight line of least squares; flat where x does not vary."""
    total = max(weight.sum(), 1e-12)
    x_mean, y_mean = (weight @ x) / total, (weight @ y) / total
    spread = weight @ (x - x_mean) ** 2
    slope = weight @ ((x - x_mean) * (y - y_mean)) / spread if spread > 1e-12 * total else 0.0
    start = y_mean - slope * x_mean
    return _Line(start, slope, weight @ (y - start - slope * x) ** 2)
