"""`MultiTask`: a body that all tasks share, and for each task a head of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.learners import _descent
from warmstart.learners._objectives import HONEST, foretold, held, surprise, together
from warmstart.learners.contract import Params
from warmstart.types import Array, Query, Rows, Spec, Support

__all__ = ["MultiTask"]


@dataclass(frozen=True)
class MultiTask:
    """Hard parameter sharing (Caruana 1997): body and first head fit the rows on which each task's head was trained.

    Unlike `MAML(scope="head")` nothing is held out while the body is trained, so it learns to fit, not to foretell. The
    size of the steps and how sure it is, nothing else, are learned from −log p of the query given the support.
    """

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 10
    """Gradient steps of a task's head, >= 0."""
    inner_rate: float = 0.5
    """Size of a step, in (0, 1], where learning it starts: a part of what cannot overshoot in a linear model."""
    embedding: int | None = None
    """Features of an embedded category; by default from the size of its vocabulary."""

    name: ClassVar[str] = "multi_task"
    likelihoods: ClassVar[frozenset[str]] = _descent.LEGAL
    first_order: ClassVar[bool] = True
    head_only: ClassVar[bool] = True
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
        """−log p of all rows under the head that was trained on them."""
        honest = foretold(self, spec, params, descriptor, support, query, y, mask)
        rows, joint = together(support, query, y, mask), held(params, HONEST)
        fitted = self.adapt(spec, joint, descriptor, rows)
        latent = self.predict(spec, joint, fitted, Query(rows.x, rows.item, rows.offset))
        return surprise(spec, latent, rows.y, rows.weight) + honest
