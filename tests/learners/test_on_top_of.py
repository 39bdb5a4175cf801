"""`OnTopOf`: its name, and what it can predict."""

from __future__ import annotations

from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.global_boost import Global
from warmstart.learners.on_top_of import OnTopOf


def test_name_and_likelihoods() -> None:
    """Both names; what both can predict but classes and rankings."""
    made = OnTopOf(Global(), BayesHead())
    assert made.name == "bayes_head_on_global_boost"
    assert made.likelihoods == {"gaussian", "bernoulli", "negative_binomial"}
