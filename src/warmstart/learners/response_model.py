"""`ResponseModel`: what the treated did, in the place of an effect; those are chosen who would have done it anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from warmstart.learners._arms import arm_of, arm_of_support
from warmstart.learners.contract import Context
from warmstart.learners.shifted import Shifted
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["ResponseModel"]


@dataclass(frozen=True)
class ResponseModel:
    """The usual way to choose customers, `arm` being its direct learner. Its order is what counts, not its values."""

    arm: Any = field(default_factory=Shifted)

    name: ClassVar[str] = "response_model"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Parameters of the arm. Errors: `UsageError` where no treatment is declared."""
        params: dict[str, Any] = self.arm.fit(arm_of(train, 1), context)
        return params

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Any:
        """Learn from the treated rows."""
        return self.arm.adapt(params, descriptor, arm_of_support(support, 1))

    def predict(self, params: Mapping[str, Any], state: Any, query: Query) -> Latent:
        """The outcome with the treatment."""
        latent: Latent = self.arm.predict(params, state, query)
        return latent
