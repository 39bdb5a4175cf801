"""`ItemMean`: the mean rating of each item, shrunk towards that of all; the same for every user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Anyone", "ItemMean"]


class Anyone(NamedTuple):
    """Nothing is learned of a task but that it is there."""

    tasks: np.ndarray
    """float32[tasks]: zeros"""


@dataclass(frozen=True)
class ItemMean:
    """y = mean + item + noise, items normal, variances by EM; of the target domain alone, where there are others."""

    rounds: int = 20
    """Updates of the two variances, >= 1."""

    name: ClassVar[str] = "item_mean"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, rounds=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"mean", "variance": float64[items + 1], the last for an unknown item; "noise": float64[]}."""
        if not train.spec.items:
            raise UsageError("item_mean cannot predict rows without items; expected a column with the role 'item'")
        own = train.where(~train.given)
        real = own.item >= 0
        item, y, weight = own.item[real], own.y[real].astype(np.float64), own.weight[real].astype(np.float64)
        total = max(weight.sum(), 1e-12)
        mean = float((weight * y).sum() / total)
        rows, sums = (np.bincount(item, w, minlength=train.spec.items + 1) for w in (weight, weight * (y - mean)))
        noise = max(float((weight * (y - mean) ** 2).sum() / total), 1e-6)
        spread, seen = noise / 4, rows > 0
        for _ in range(self.rounds):
            variance = 1 / (rows / noise + 1 / spread)
            effect = variance * sums / noise
            spread = max(float((effect[seen] ** 2 + variance[seen]).mean()), 1e-6) if seen.any() else spread
            noise = max(float((weight * ((y - mean - effect[item]) ** 2 + variance[item])).sum() / total), 1e-6)
        return {"mean": mean + effect, "variance": variance, "noise": np.array(noise)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Anyone:
        """Nothing."""
        return Anyone(np.zeros(len(support.y), np.float32))

    def predict(self, params: Mapping[str, Any], state: Anyone, query: Query) -> Latent:
        """The items' means, [tasks, query]."""
        item = np.where(np.asarray(query.item) >= 0, query.item, len(params["mean"]) - 1)
        mean, variance = (
            (state.tasks[:, None] + params[name][item]).astype(np.float32) for name in ("mean", "variance")
        )
        return Latent(mean, variance, np.float32(params["noise"]))
