"""`bind`: kinds of learners are told apart in one place."""

from __future__ import annotations

import pytest

from warmstart.engine.bind import bind
from warmstart.engine.bound import Batched, Traced
from warmstart.engine.stacked import Stacked
from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.global_boost import Global
from warmstart.learners.on_top_of import OnTopOf
from warmstart.types import Spec, Widths


@pytest.mark.parametrize(
    ("learner", "kind"), [(BayesHead(), Traced), (Global(), Batched), (OnTopOf(Global(), BayesHead()), Stacked)]
)
def test_kind(learner: object, kind: type) -> None:
    """Episodic ones are traced, direct ones batched, one on another stacked."""
    made = bind(learner, Spec(Widths(1), Widths(0), "gaussian"))
    assert type(made) is kind
    assert made.learner == learner


def test_classes_cannot_be_stacked() -> None:
    """The offset of a class would be a vector."""
    with pytest.raises(UsageError, match="cannot predict a categorical target; it can: bernoulli, gaussian"):
        bind(OnTopOf(Global(), BayesHead()), Spec(Widths(1), Widths(0), "categorical", classes=3))


def test_items_cannot_be_stacked() -> None:
    """Features of items lie in the catalogue, where there is no place for an offset."""
    with pytest.raises(UsageError, match="cannot predict items of a catalogue; use bayes_head"):
        bind(OnTopOf(Global(), BayesHead()), Spec(Widths(1), Widths(0), "gaussian", items=3))
