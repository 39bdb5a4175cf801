"""`XLearner`: a regression of effects that are imputed row by row, with what the other arm would have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._arms import treated_of
from warmstart.learners._base_model import base_link
from warmstart.learners._design import rows_matrix
from warmstart.learners._doubly_robust import fit_arms
from warmstart.learners.contract import Context
from warmstart.learners.shifted import Shifted
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support, Treated

__all__ = ["XLearner"]


@dataclass(frozen=True)
class XLearner:
    """X-learner (Künzel and others 2019), `effect` being the direct learner of the second stage.

    The two regressions of the second stage are one here: a treated row weighs 1 - e and any other e, e being its
    propensity, so that where one arm is rare its rows, imputed by the model of the other, count most.
    """

    effect: Any = field(default_factory=Shifted)

    name: ClassVar[str] = "x_learner"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"control", "treated", "effect"}. Errors: `UsageError` where no treatment is declared."""
        told = treated_of(train)
        arms = fit_arms(train, context.seed)
        y = _imputed(told, *(arm.held_out[:, 0] for arm in arms))
        imputed = replace(train, y=y, weight=_weight(train.weight, told), treated=None)
        names = ("control", "treated")
        params = {name: dict(arm.params) for name, arm in zip(names, arms, strict=True)}
        return {**params, "effect": self.effect.fit(imputed, context)}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Any:
        """Impute the effects of the support and learn from them."""
        told = treated_of(support)
        links = []
        for name in ("control", "treated"):
            matrix = rows_matrix(params[name]["design"]["descriptor"], descriptor)
            links.append(base_link(params[name], matrix, support.x, support.item, 0)[..., 0])
        imputed = support._replace(y=_imputed(told, *links), weight=_weight(support.weight, told), treated=None)
        return self.effect.adapt(params["effect"], descriptor, imputed)

    def predict(self, params: Mapping[str, Any], state: Any, query: Query) -> Latent:
        """What the second stage says."""
        latent: Latent = self.effect.predict(params["effect"], state, query)
        return latent


def _imputed(told: Treated, control: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """float32[...]: of a treated row its outcome less what it would have been; of any other the reverse."""
    return np.asarray(np.where(told.treatment > 0, told.outcome - control, treated - told.outcome), np.float32)


def _weight(weight: np.ndarray, told: Treated) -> np.ndarray:
    """float32[...]: importance times the weight of the second stage; padding stays 0."""
    share = np.where(told.treatment > 0, 1 - told.propensity, told.propensity)
    return np.asarray(told.weight * (weight > 0) * share, np.float32)
