"""`NoTransfer`: any learner from whom the rows of other domains are hidden; what transfer has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners.contract import Context
from warmstart.learners.domain_factors import DomainFactors
from warmstart.tasks.arrays import TaskArrays, is_foreign
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["NoTransfer"]


@dataclass(frozen=True)
class NoTransfer:
    """The learner fitted and adapted on rows of the target domain alone; without other domains it is that learner."""

    learner: Any = field(default_factory=DomainFactors)
    """One that fits in its own way."""

    name: ClassVar[str] = "no_transfer"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        if getattr(self.learner, "fit", None) is None:
            raise UsageError(f"no_transfer: expected a learner that fits in its own way; got {self.learner.name}")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"learner": its parameters, "foreign": bool[items], or [0] where there is one domain}."""
        fitted = self.learner.fit(train.where(~train.given), context)
        return {"learner": dict(fitted), "foreign": train.foreign}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Any:
        """The learner's state after the rows of the target domain."""
        hidden = is_foreign(params["foreign"], support.item)
        own = support._replace(weight=np.where(hidden, np.float32(0), support.weight))
        return self.learner.adapt(params["learner"], descriptor, own)

    def predict(self, params: Mapping[str, Any], state: Any, query: Query) -> Latent:
        """The learner's answer."""
        answer: Latent = self.learner.predict(params["learner"], state, query)
        return answer
