"""`LinearHead`: hierarchical Bayesian linear regression, `BayesHead` without hidden layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warmstart.learners.bayes_head import BayesHead

__all__ = ["LinearHead"]


@dataclass(frozen=True)
class LinearHead(BayesHead):
    """A line through the columns of a row whose coefficients come from a learned prior, exactly conditioned.

    Few tasks teach a prior of lines where they are too few for one of curves, and beside `BayesHead` it errs elsewhere:
    that is worth something in a mixture. The prior covariance has rank `features`. Source: Gelman, Hill 2007, 13.
    """

    hidden: tuple[int, ...] = ()

    name: ClassVar[str] = "linear_head"
    likelihoods: ClassVar[frozenset[str]] = BayesHead.likelihoods - {"ranking"}
    streaming: ClassVar[frozenset[str]] = BayesHead.streaming - {"ranking"}
