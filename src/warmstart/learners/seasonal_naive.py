"""`SeasonalNaive`: the value of a season before, or the last one where the support is shorter than a season."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._ranges import at_least
from warmstart.learners._recent import FAMILIES, Recent, latent_of_moments, pairs, recent, season_of
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["SeasonalNaive"]

_LAGS = 128  # rows apart at which pairs are compared; farther ones count as so far


@dataclass(frozen=True)
class SeasonalNaive:
    """The naive forecast, which knows neither level nor trend; without a support the mean of all training rows.

    A row stands for a period and the query for those that follow the support, in order: gaps are not seen. How far a
    value may be off is what training rows of one task, as many rows apart, differ by.
    """

    season: int = 0
    """Rows after which the series repeats; 1 always takes the last value, 0 asks the training tasks."""

    name: ClassVar[str] = "seasonal_naive"
    likelihoods: ClassVar[frozenset[str]] = frozenset(FAMILIES)

    def __post_init__(self) -> None:
        at_least(self, season=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"season": int64[], "mean": float64[], "spread": float64[1 + lags, 2], "family": int64[]}.

        How far rows lie from the mean (row 0), and from those so many rows before: the variance of a number, or of a
        count where nothing was sold; and by how much that of another count exceeds it, over its square.
        """
        family = train.spec.likelihood
        y, weight = train.y.astype(np.float64), train.weight.astype(np.float64)
        mean = float(weight @ y / max(weight.sum(), 1e-12))
        spread = [_spread(family, np.full(len(y), mean), y, weight)]
        for lag in range(1, min(_LAGS, int(train.sizes.max(initial=1)) - 1) + 1):
            before, after, both = pairs(train, lag)
            spread.append(_spread(family, before, after, both) if both.any() else spread[-1])
        return {
            "season": np.array(self.season or season_of(train)),
            "mean": np.array(mean),
            "spread": np.array(spread),
            "family": np.array(FAMILIES.index(family)),
        }

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Recent:
        """Keep the support."""
        return recent(support)

    def predict(self, params: Mapping[str, Any], state: Recent, query: Query) -> Latent:
        """Row j of the query is that of a season, or of as many as it takes, before it."""
        season = int(params["season"])
        rows, step = state.rows[:, None], np.arange(np.shape(query.item)[-1])
        at = np.where(rows >= season, rows - season + step % season, rows - 1)
        told = np.concatenate([state.y, np.zeros((len(rows), 1))], axis=1)  # a column, where no support has one
        value = np.where(rows > 0, np.take_along_axis(told, np.maximum(at, 0), axis=1), params["mean"])
        lag = np.where(rows > 0, rows + step - at, 0)
        level, growth = np.moveaxis(params["spread"][np.minimum(lag, len(params["spread"]) - 1)], -1, 0)
        family = FAMILIES[int(params["family"])]
        variance = level if family == "gaussian" else np.where(value > 0, value + growth * value**2, level)
        return latent_of_moments(family, value, variance)


def _spread(family: str, before: np.ndarray, after: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """A row of "spread", from pairs of rows."""
    total = max(weight.sum(), 1e-12)
    off = (after - before) ** 2
    if family == "gaussian":
        return max(float(weight @ off / total), 1e-6), 0.0
    nothing = before == 0
    at_nothing = float((weight * nothing) @ off / max(weight @ nothing, 1e-12))
    growth = (weight * ~nothing) @ (off - before) / max((weight * ~nothing) @ before**2, 1e-12)
    return at_nothing, float(max(growth, 0.0))
