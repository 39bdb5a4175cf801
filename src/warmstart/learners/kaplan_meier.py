"""`KaplanMeier`: the share of those at risk to whom the event comes in an interval, the same for every task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners._own_unit import fit_units, in_own_unit
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["KaplanMeier"]

_DECIMALS = 3  # scaling and back leaves a trace of rounding


class _Nothing(NamedTuple):
    """No state: the support is not looked at."""


@dataclass(frozen=True)
class KaplanMeier:
    """Kaplan and Meier's estimate (JASA 53, 1958) in intervals, over all training rows (the life-table method)."""

    starts: str = "starts"
    """Feature: where the interval of a row begins, as `person_periods` says."""

    name: ClassVar[str] = "kaplan_meier"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli"})

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The feature that it reads, by name."""
        return (self.starts,)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"units": scale of the column, "starts": float64[intervals], "link": float64[intervals]}.

        Errors: `UsageError` for a column that is no number feature of the table.
        """
        units = fit_units(train, self.named_columns, self.name)
        starts, interval = np.unique(_starts(units, train.rows(np.arange(len(train.y)))), return_inverse=True)
        weight = train.weight.astype(np.float64)
        at_risk, came = (np.bincount(interval, part, len(starts)) for part in (weight, weight * train.y))
        share = (came + 0.25) / (at_risk + 0.5)  # no share is exactly 0 or 1
        return {"units": units, "starts": starts, "link": np.log(share) - np.log1p(-share)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> _Nothing:
        """Nothing is learned of a task."""
        return _Nothing()

    def predict(self, params: Mapping[str, Any], state: _Nothing, query: Query) -> Latent:
        """The same for any support, by the interval; one never seen is taken for that before it."""
        starts = _starts(params["units"], query.x)
        place = np.searchsorted(params["starts"], starts, side="right") - 1
        mean = np.asarray(params["link"])[np.clip(place, 0, None)].astype(np.float32)
        return Latent(mean, np.zeros_like(mean), np.float32(0))


def _starts(units: Mapping[str, Any], rows: Rows) -> np.ndarray:
    """float64[...]: where the interval of each row [...] begins."""
    return np.round(in_own_unit(units, rows)[0], _DECIMALS)
