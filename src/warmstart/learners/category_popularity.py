"""`CategoryPopularity`: what sells in the categories of the support's items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._interactions import Seen, scores_at, seen
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.popularity import item_counts
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["CategoryPopularity"]


@dataclass(frozen=True)
class CategoryPopularity:
    """Log of an item's share in the category of each support item, on average, and a little of its share in all.

    An item of no known category says nothing; without a support, or without categories, this is popularity.
    """

    column: int = 0
    """Index of the items' code column that is the category, >= 0."""
    rest: float = 0.1
    """Weight of the share in all, in (0, 1]."""

    name: ClassVar[str] = "category_popularity"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        at_least(self, column=0, rest=1e-6)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"category": int64[items], 0 where unknown, "of_category", "of_all": float32[items]}."""
        counts = item_counts(train, None)[0] + 0.5
        codes = train.catalogue.codes
        known = self.column < codes.shape[1]
        category = codes[:, self.column].astype(np.int64) if known else np.zeros(len(counts), np.int64)
        total = np.bincount(category, counts)
        shares = {"of_category": counts / total[category], "of_all": counts / counts.sum()}
        return {"category": category} | {name: share.astype(np.float32) for name, share in shares.items()}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Seen:
        """Remember the items."""
        return seen(support)

    def predict(self, params: Mapping[str, Any], state: Seen, query: Query) -> Latent:
        """Log scores [tasks, items]."""
        category, item = params["category"], np.asarray(state.item)
        of_item = np.where(item >= 0, category[np.maximum(item, 0)], 0)
        told = np.zeros((len(item), int(category.max(initial=0)) + 1), np.float32)
        np.add.at(told, (np.arange(len(item))[:, None], of_item), 1.0)
        told[:, 0] = 0
        told /= np.maximum((item >= 0).sum(axis=1, keepdims=True), 1)
        share = (1 - self.rest) * told[:, category] * params["of_category"] + self.rest * params["of_all"]
        return scores_at(np.log(share).astype(np.float32), query)
