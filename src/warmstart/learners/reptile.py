"""`Reptile`: initial weights that lie near those of every task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.learners import _descent
from warmstart.learners._objectives import MOVING, held, inner_product, surprise
from warmstart.learners.contract import Params
from warmstart.types import Array, Query, Rows, Spec, Support

__all__ = ["Reptile"]


@dataclass(frozen=True)
class Reptile:
    """Weights move towards what a task's own steps make of them; no second order (Nichol, Achiam, Schulman 2018).

    What inner steps leave alone (embeddings, noise) follows −log p of the query under the task's weights.
    """

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 5
    """Gradient steps on the support, >= 0."""
    inner_rate: float = 0.03
    """Size of a step, > 0."""
    embedding: int | None = None
    """Features of an embedded category; by default from the size of its vocabulary."""

    name: ClassVar[str] = "reptile"
    likelihoods: ClassVar[frozenset[str]] = _descent.LEGAL
    first_order: ClassVar[bool] = True
    head_only: ClassVar[bool] = False
    rates: ClassVar[Literal["fixed", "one"]] = "fixed"

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
        """A loss whose gradient by the weights is the weights before minus those after the steps on the support."""
        steady = held(params, MOVING)
        state = self.adapt(spec, steady, descriptor, support)
        rest = surprise(spec, self.predict(spec, steady, state, query), y, mask)
        return inner_product(params, _descent.drift(self, steady, state)) + rest
