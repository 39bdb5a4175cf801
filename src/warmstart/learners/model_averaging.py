"""`ModelAveraging`: every task trains a model of its own, and the models are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.learners import _descent
from warmstart.learners._objectives import MOVING, held, inner_product, surprise, together
from warmstart.learners.contract import Params
from warmstart.types import Array, Query, Rows, Spec, Support

__all__ = ["ModelAveraging"]


@dataclass(frozen=True)
class ModelAveraging:
    """Federated averaging (McMahan et al. 2017): weights move to the mean of the tasks' models, each by its rows.

    Unlike `Reptile` a task trains longer, on all its rows, and counts by their number. What its steps leave alone
    (embeddings, noise, the size of the steps) follows −log p of the query after steps on the support. A new task takes
    the same steps.
    """

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 10
    """Gradient steps on a task's rows, >= 0."""
    inner_rate: float = 0.1
    """Size of a step, in (0, 1], where learning it starts: a part of what cannot overshoot in a linear model."""
    embedding: int | None = None
    """Features of an embedded category; by default from the size of its vocabulary."""

    name: ClassVar[str] = "model_averaging"
    likelihoods: ClassVar[frozenset[str]] = _descent.LEGAL
    first_order: ClassVar[bool] = True
    head_only: ClassVar[bool] = False
    rates: ClassVar[Literal["fixed", "one"]] = "one"

    def __post_init__(self) -> None:
        _descent.check(self)

    init = _descent.init
    finish = _descent.finish
    embed = _descent.embed
    adapt = _descent.adapt
    predict = _descent.predict

    def objective(
        self, spec: Spec, params: Params, descriptor: Rows, support: Support, query: Query, y: Array, mask: Array
    ) -> Array:
        """A loss whose gradient by the weights is the weights before minus the task's own, times its rows."""
        steady = held(params, MOVING)
        state = self.adapt(spec, steady, descriptor, support)
        rest = surprise(spec, self.predict(spec, steady, state, query), y, mask)
        own = self.adapt(spec, steady, descriptor, together(support, query, y, mask))
        return own.rows * inner_product(params, _descent.drift(self, steady, own)) + rest
