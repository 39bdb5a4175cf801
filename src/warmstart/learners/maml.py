"""`MAML`: initial weights from which a few gradient steps on the support learn a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._descent import LEGAL, Descended, Descent, check
from warmstart.learners.contract import Params
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["MAML"]

_ORDERS, _SCOPES = (1, 2), ("all", "head")


@dataclass(frozen=True)
class MAML:
    """Model-agnostic meta-learning (Finn, Abbeel, Levine 2017) of a perceptron.

    The meta-gradient goes through the inner steps; with `order=1` it does not (FOMAML). `scope="head"` moves the last
    layer alone (ANIL: Raghu et al. 2020). With `learn_rates` each weight has its own rate (Meta-SGD: Li et al. 2017).
    """

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 5
    """Gradient steps on the support, >= 0."""
    inner_rate: float = 0.03
    """Size of a step, > 0; where rates are learned, where they start."""
    order: Literal[1, 2] = 2
    scope: Literal["all", "head"] = "all"
    learn_rates: bool = False
    embedding: int | None = None
    """Features of an embedded category; by default from the size of its vocabulary."""

    name: ClassVar[str] = "maml"
    likelihoods: ClassVar[frozenset[str]] = LEGAL

    def __post_init__(self) -> None:
        check(self)
        for field, legal in (("order", _ORDERS), ("scope", _SCOPES)):
            if getattr(self, field) not in legal:
                raise UsageError(f"maml.{field}: expected one of {legal}; got {getattr(self, field)!r}")

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """A random perceptron."""
        return self._descent.init(rng, spec)

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """As trained."""
        return params

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """float32[rows, inputs]"""
        return self._descent.embed(params, rows, item)

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Descended:
        """The perceptron after `inner_steps` steps."""
        return self._descent.adapt(spec, params, descriptor, support)

    def predict(self, spec: Spec, params: Params, state: Descended, query: Query) -> Latent:
        """What the moved perceptron says."""
        return self._descent.predict(spec, params, state, query)

    @cached_property
    def _descent(self) -> Descent:
        first_order, head_only = self.order == 1, self.scope == "head"
        return Descent(
            self.hidden,
            self.inner_steps,
            self.inner_rate,
            embedding=self.embedding,
            first_order=first_order,
            head_only=head_only,
            learn_rates=self.learn_rates,
        )
