"""`MAML`: initial weights from which a few gradient steps on the support learn a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.errors import UsageError
from warmstart.learners import _descent

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
    likelihoods: ClassVar[frozenset[str]] = _descent.LEGAL

    def __post_init__(self) -> None:
        _descent.check(self)
        for field, legal in (("order", _ORDERS), ("scope", _SCOPES)):
            if getattr(self, field) not in legal:
                raise UsageError(f"maml.{field}: expected one of {legal}; got {getattr(self, field)!r}")

    init = _descent.init
    finish = _descent.finish
    embed = _descent.embed
    adapt = _descent.adapt
    predict = _descent.predict
    settles = _descent.settles

    @property
    def first_order(self) -> bool:
        """Whether no gradient flows through inner gradients."""
        return self.order == 1

    @property
    def rates(self) -> Literal["fixed", "each"]:
        """What is learned of the step size."""
        return "each" if self.learn_rates else "fixed"

    @property
    def head_only(self) -> bool:
        """Whether only the last layer moves."""
        return self.scope == "head"
