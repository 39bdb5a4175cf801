"""`TLearner`: one model of the treated and one of the others; an effect is the difference of what they predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from warmstart.learners._arms import arm_of, arm_of_support
from warmstart.learners.contract import Context
from warmstart.learners.shifted import Shifted
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Arms", "TLearner"]


class Arms(NamedTuple):
    """What each arm of the support has taught."""

    control: Any
    treated: Any


@dataclass(frozen=True)
class TLearner:
    """Two models, `arm` being the direct learner of each (Künzel and others 2019)."""

    arm: Any = field(default_factory=Shifted)

    name: ClassVar[str] = "t_learner"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"control", "treated"}: parameters of the arms. Errors: `UsageError` where no treatment is declared."""
        control, treated = (self.arm.fit(arm_of(train, arm), context) for arm in (0, 1))
        return {"control": control, "treated": treated}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Arms:
        """Each arm learns from its own rows."""
        told = (arm_of_support(support, arm) for arm in (0, 1))
        parts = zip(("control", "treated"), told, strict=True)
        return Arms(*(self.arm.adapt(params[name], descriptor, rows) for name, rows in parts))

    def predict(self, params: Mapping[str, Any], state: Arms, query: Query) -> Latent:
        """The difference; the arms' errors add up."""
        control = self.arm.predict(params["control"], state.control, query)
        treated = self.arm.predict(params["treated"], state.treated, query)
        return Latent(treated.mean - control.mean, treated.variance + control.variance, treated.noise + control.noise)
