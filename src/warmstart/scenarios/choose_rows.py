"""`choose_rows`: whom to treat: of the rows that are asked about, those on which the effect is largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.decide.audience import audience
from warmstart.engine.adapted import Adapted
from warmstart.errors import UsageError
from warmstart.prediction import Prediction

__all__ = ["ChosenRows", "choose_rows"]


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Rows to treat, the largest effect first."""

    answer: Prediction
    rows: np.ndarray
    """int64[chosen]: places in the query."""
    effects: dict[str, np.ndarray]
    """float64[chosen] each: `effect`, `low90` and `high90`."""
    asked: int
    above_zero: int
    """Rows on which the effect is positive."""


def choose_rows(task: Adapted, query: Any, size: int, seed: int) -> ChosenRows:
    """At most `size` rows of the query (any dataframe or file), none whose effect is not above zero.

    Ties are broken by `seed`. Errors: `UsageError` for a model that predicts no effect, or without a query; those of
    predicting.
    """
    if not task.model.codec.spec.effect:
        raise UsageError("this model predicts no effect of a treatment: there is nobody to choose")
    if query is None:
        raise UsageError("query: expected the rows to choose from; a treatment has no catalogue")
    answer = task.predict(query)
    effect, (low, high) = answer.mean, answer.interval(0.9)
    chosen = audience(np.where(effect > 0, effect, -np.inf), size, np.random.default_rng(seed))
    told = {"effect": effect, "low90": low, "high90": high}
    parts = {name: values[chosen] for name, values in told.items()}
    return ChosenRows(answer, chosen, parts, len(effect), int((effect > 0).sum()))
