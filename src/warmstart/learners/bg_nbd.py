"""`BgNbd`: who still is a customer, from how often and how lately each bought; the same for every task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from warmstart.learners._logistic import fit_logistic, linear_link
from warmstart.learners._own_unit import fit_units, in_own_unit
from warmstart.learners._ranges import positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["BgNbd", "buys_again", "fit_customers"]

_WIDEST = 8.0  # logarithms of the four parameters stay this near to where they start
_LEAST = 1e-9


class _Nothing(NamedTuple):
    """No state: the support is not looked at."""


@dataclass(frozen=True)
class BgNbd:
    """The BG/NBD model (Fader, Hardie, Lee: "Counting your customers" the easy way, Marketing Science 24(2), 2005).

    While alive a customer buys at random times, at a rate that is gamma distributed over customers; after each purchase
    the customer leaves with a probability that is beta distributed. Fitted by maximum likelihood on all training rows;
    a customer who has several counts several times. Two numbers, by logistic regression on the labels of training rows,
    say what buying again within `horizon` means for the target.

    Where the table has the features `starts` and `ends`, as `person_periods` makes them, a row asks for a purchase in
    that interval by one who has bought nothing before it, and customers are fitted on their first intervals alone: how
    many a customer was at risk in tells what came.
    """

    frequency: str = "frequency"
    """Feature: how often a customer bought again after the first time."""
    recency: str = "recency_days"
    """Feature: time from the first to the last purchase."""
    age: str = "age_days"
    """Feature: time from the first purchase to now, in the same unit."""
    horizon: float = 91.0
    """How far ahead the target looks, in the same unit, > 0."""
    starts: str = "starts"
    """Feature, if the table has it: where the interval begins that is asked about, in the same unit from now."""
    ends: str = "ends"
    """Feature, if the table has it: where the interval ends."""

    name: ClassVar[str] = "bg_nbd"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli"})

    def __post_init__(self) -> None:
        positive(self, "horizon")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The features that it reads, by name."""
        return (self.frequency, self.recency, self.age)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"customers": float64[4], "units": scales of three columns or five, "meaning": float64[2]}.

        Errors: `UsageError` for a column that is no number feature of the table.
        """
        interval = (self.starts, self.ends)
        asked = interval if train.encoder and set(interval) <= set(train.encoder.names.numbers) else ()
        params: dict[str, Any] = {"units": fit_units(train, (*self.named_columns, *asked), self.name)}
        weight = train.weight.astype(np.float64)
        rows = train.rows(np.arange(len(train.y)))
        frequency, recency, age, starts, _ = self._asked(params, rows)
        params["customers"] = fit_customers(frequency, recency, age, weight * (starts == 0))
        chance = self._log_odds(params, rows)[:, None]
        return params | {"meaning": fit_logistic(chance, train.y.astype(np.float64), weight, 0.0)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> _Nothing:
        """Nothing is learned of a task."""
        return _Nothing()

    def predict(self, params: Mapping[str, Any], state: _Nothing, query: Query) -> Latent:
        """The same for any support."""
        link = linear_link(params["meaning"], self._log_odds(params, query.x)[..., None])
        mean = link.astype(np.float32)
        return Latent(mean, np.zeros_like(mean), np.float32(0))

    def _asked(self, params: Mapping[str, Any], rows: Rows) -> tuple[np.ndarray, ...]:
        """Frequency, recency and age of rows [...], and start and end of what is asked about, float64 each.

        Such that frequency >= 0, 0 <= recency <= age and start >= 0.
        """
        frequency, recency, age, *interval = (np.maximum(column, 0.0) for column in in_own_unit(params["units"], rows))
        starts, ends = interval or (np.zeros_like(age), np.full_like(age, self.horizon))
        # Scaling and back leaves a trace of rounding, while only an exact 0 means that nobody came back, or now.
        return np.round(frequency, 3), np.minimum(recency, age), age, np.round(starts, 3), ends

    def _log_odds(self, params: Mapping[str, Any], rows: Rows) -> np.ndarray:
        """float64[...]: log odds of buying again, given that nothing was bought before the start."""
        frequency, recency, age, starts, ends = self._asked(params, rows)
        before, by = (buys_again(params["customers"], frequency, recency, age, end) for end in (starts, ends))
        chance = np.clip((by - before) / np.maximum(1 - before, _LEAST), _LEAST, 1 - _LEAST)
        return np.asarray(np.log(chance) - np.log1p(-chance))


def fit_customers(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """float64[4]: r, alpha (in the unit of age), a, b of most likelihood; all arguments [customers]."""
    start = np.array([0.0, np.log(max(float(age.mean()), _LEAST)), 0.0, 0.0])

    def loss(logs: np.ndarray) -> float:
        found = _log_likelihood(np.exp(logs), frequency, recency, age)
        return float(-(weight * found).sum() / max(weight.sum(), 1e-12))

    bounds = [(s - _WIDEST, s + _WIDEST) for s in start]
    return np.asarray(np.exp(minimize(loss, start, method="L-BFGS-B", bounds=bounds).x))


def buys_again(
    customers: np.ndarray, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: np.ndarray | float
) -> np.ndarray:
    """float64[...]: probability of a purchase within the horizon.

    It is P(alive) times the chance that a customer who is alive buys; as long as nothing is bought, nobody leaves.
    """
    r, alpha = customers[:2]
    stays, leaves = _two_ways(customers, frequency, recency, age)
    alive = 1.0 / (1.0 + np.exp(np.minimum(leaves - stays, 700.0)))
    none = ((alpha + age) / (alpha + age + horizon)) ** (r + frequency)
    return np.asarray(alive * (1.0 - none))


def _log_likelihood(customers: np.ndarray, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """float64[customers]: equation 6 of the paper."""
    r, alpha, a, b = customers
    bought = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha)
    stayed = gammaln(a + b) + gammaln(b + frequency) - gammaln(b) - gammaln(a + b + frequency)
    return np.asarray(bought + stayed + np.logaddexp(*_two_ways(customers, frequency, recency, age)))


def _two_ways(
    customers: np.ndarray, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log weights that a customer is alive, and that the last purchase was the last; the latter needs a repeat."""
    r, alpha, a, b = customers
    stays = -(r + frequency) * np.log(alpha + age)
    repeats = np.maximum(frequency, 1.0)
    leaves = np.log(a) - np.log(b + repeats - 1.0) - (r + frequency) * np.log(alpha + recency)
    return stays, np.where(frequency > 0, leaves, -np.inf)
