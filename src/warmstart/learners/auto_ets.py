"""`AutoETS`: exponential smoothing, its form chosen by the corrected Akaike criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from warmstart.learners._own_series import OwnSeries, adapt_series, fit_series, forecast_series, models
from warmstart.learners._ranges import at_least
from warmstart.learners._recent import FAMILIES
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["AutoETS"]

_FEWEST = 7  # rows; of fewer the library makes no model, or no interval


@dataclass(frozen=True)
class AutoETS:
    """A model of each support alone, by the package `statsforecast`; below 7 rows the task's shrunk mean.

    Of a logarithm where that is the target; of counts as they are. Source: Hyndman et al. 2002.
    """

    season: int = 0
    """Rows after which the series repeats; 1 for none, 0 asks the training tasks."""

    name: ClassVar[str] = "auto_ets"
    likelihoods: ClassVar[frozenset[str]] = frozenset(FAMILIES)

    def __post_init__(self) -> None:
        at_least(self, season=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Parameters of the shrunk mean, and "season": int64[]. Errors: `NotReady` without the package."""
        models(self.name)
        return fit_series(train, context, self.season)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> OwnSeries:
        """Keep the support."""
        return adapt_series(params, descriptor, support)

    def predict(self, params: Mapping[str, Any], state: OwnSeries, query: Query) -> Latent:
        """How each support goes on."""
        return forecast_series(params, state, query, models(self.name).AutoETS, _FEWEST)
