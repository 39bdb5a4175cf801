"""`FineTune`: one model of all tasks, then a few gradient steps on the support of a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from warmstart.learners import _descent
from warmstart.learners._objectives import HONEST, foretold, held, surprise, together
from warmstart.learners.contract import Params
from warmstart.types import Array, Query, Rows, Spec, Support

__all__ = ["FineTune"]


@dataclass(frozen=True)
class FineTune:
    """Joint training, as if all rows were of one task; what transfer learning does without learning to learn.

    The size of its steps and how sure it is after them, nothing else, are learned from −log p of the query.
    """

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 5
    """Gradient steps on the support of a new task, >= 0."""
    inner_rate: float = 0.1
    """Size of a step, in (0, 1], where learning it starts: a part of what cannot overshoot in a linear model."""
    embedding: int | None = None
    """Features of an embedded category; by default from the size of its vocabulary."""

    name: ClassVar[str] = "fine_tune"
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
        """−log p of all rows without a step."""
        honest = foretold(self, spec, params, descriptor, support, query, y, mask)
        rows, joint = together(support, query, y, mask), held(params, HONEST)
        unmoved = replace(self, inner_steps=0).adapt(spec, joint, descriptor, rows)
        latent = self.predict(spec, joint, unmoved, Query(rows.x, rows.item, rows.offset))
        return surprise(spec, latent, rows.y, rows.weight) + honest
