"""Forecasts by a model of each support alone: the library is asked series by series, for it knows no other way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import NotReady
from warmstart.learners._recent import latent_of_moments, recent, season_of
from warmstart.learners.contract import Context
from warmstart.learners.task_mean import Pooled, TaskMean, pooled_latent
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["OwnSeries", "adapt_series", "fit_series", "forecast_series", "models"]

_FAMILIES = ("gaussian", "bernoulli", "categorical", "negative_binomial")
_Z_90 = 1.6448536269514722  # upper end of a central 90 % interval, in deviations
# The library has no error of its own: a series too short or too still ends in whatever its arithmetic runs into. The
# shrunk mean answers for it then, as the docstrings say; only the library's call is inside of the `try`.
_REFUSALS = (ArithmeticError, LookupError, NotImplementedError, TypeError, ValueError)


Model = Callable[[int], Any]
"""A model of the library by its length of a season."""


class OwnSeries(NamedTuple):
    """The support of each task, and what its shrunk mean says."""

    y: np.ndarray
    """float64[tasks, support], oldest first"""
    rows: np.ndarray
    """int64[tasks]"""
    link: np.ndarray
    """float32[tasks, 1]: the shrunk mean, on the link scale"""
    variance: np.ndarray
    """float32[tasks]"""


def models(learner: str) -> Any:
    """The module `statsforecast.models`. Errors: `NotReady`, naming the line that installs it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import statsforecast.models as found
    except ImportError as error:
        raise NotReady(f"{learner} needs the package statsforecast: pip install 'warmstart[series]'") from error
    return found


def fit_series(train: TaskArrays, context: Context, season: int) -> dict[str, Any]:
    """What `TaskMean` learns, which is all that series too short for a model have, and how a model's word is taken.

    "season": int64[] (0: to be found), "range": float64[2], the least and the largest training target, and "widest":
    float64[], their variance: a trend of eight rows, drawn out for weeks, leaves all that was ever seen.
    """
    y = train.y.astype(np.float64)
    return TaskMean().fit(train, context) | {
        "season": np.array(season or season_of(train)),
        "range": np.array([y.min(), y.max()]),
        "widest": np.array(y.var()),
    }


def adapt_series(params: Mapping[str, Any], descriptor: Rows, support: Support) -> OwnSeries:
    """Keep the support; how it goes on is asked when the query tells how far."""
    shrunk = TaskMean().adapt(params, descriptor, support)
    return OwnSeries(*recent(support), shrunk.link, shrunk.variance)


def forecast_series(params: Mapping[str, Any], state: OwnSeries, query: Query, model: Model, fewest: int) -> Latent:
    """The model's forecast of each support of `fewest` rows or more; the shrunk mean of others, and where it fails.

    A support of less than two seasons has none; no mean or variance is beyond those of the training rows. A row stands
    for a period and the query for those that follow the support, in order: gaps are not seen.
    """
    family, season = _FAMILIES[int(params["family"])], int(params["season"])
    steps = np.shape(query.item)[-1]
    shrunk = pooled_latent(Pooled(state.link, state.variance), query, float(params["noise"]))
    found = np.full((2, len(state.rows), steps), np.nan)
    for task in np.flatnonzero(state.rows >= fewest):
        rows = int(state.rows[task])
        found[:, task] = _forecast(model(season if rows >= 2 * season else 1), state.y[task, :rows], steps)
    known = np.isfinite(found).all(axis=(0, 2))[:, None]
    mean, variance = np.nan_to_num(found)
    own = latent_of_moments(family, np.clip(mean, *params["range"]), np.minimum(variance, params["widest"]))
    noise = np.broadcast_to(shrunk.noise, own.mean.shape)
    return Latent(
        np.where(known, own.mean, shrunk.mean),
        np.where(known, own.variance, shrunk.variance),
        np.where(known, own.noise, noise),
    )


def _forecast(model: Any, y: np.ndarray, steps: int) -> np.ndarray:
    """float64[2, steps]: mean and variance; NaN where the library has no forecast of this series."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            said = model.forecast(y=y, h=steps, level=[90])
    except _REFUSALS:
        return np.full((2, steps), np.nan)
    return np.stack([said["mean"], ((said["hi-90"] - said["mean"]) / _Z_90) ** 2])
