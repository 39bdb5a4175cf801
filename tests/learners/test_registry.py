"""The registry: names, parameters, and one learner on top of another."""

from __future__ import annotations

import json

import pytest

from warmstart.errors import NotFound, UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.registry import create, describe, learners


def test_names_are_sorted_and_their_own() -> None:
    """Each learner is found under the name that it gives itself."""
    assert list(learners()) == sorted(learners())
    assert {name: kind.name for name, kind in learners().items()} == {name: name for name in learners()}
    assert learners()["bayes_head"] is BayesHead


def test_create_takes_parameters() -> None:
    """Lists, as JSON and TOML have them, become tuples."""
    assert create("bayes_head", features=8, hidden=[4, 2]) == BayesHead(features=8, hidden=(4, 2))


def test_description_goes_through_json() -> None:
    """What a manifest holds makes an equal learner again, also of one on top of another."""
    for made in (BayesHead(features=8, hidden=(4,)), create("bayes_head_on_global_boost", learner={"features": 3})):
        held = json.loads(json.dumps(describe(made)))
        assert create(held["name"], **held["parameters"]) == made


@pytest.mark.parametrize("name", ["bayes_hed", "bayes_hed_on_global_boost"])
def test_unknown_name(name: str) -> None:
    """The nearest name is offered, also for a part of two."""
    with pytest.raises(NotFound, match="did you mean bayes_head"):
        create(name)


@pytest.mark.parametrize("name", ["bayes_head", "bayes_head_on_global_boost"])
def test_unknown_parameter(name: str) -> None:
    """A parameter that does not exist is named with those that do."""
    with pytest.raises(UsageError, match=f"{name}: no parameter 'depth'; it has: "):
        create(name, depth=3)


@pytest.mark.parametrize("name", ["task_mean_on_global_boost", "bayes_head_on_task_mean"])
def test_what_does_not_go_together(name: str) -> None:
    """Only an episodic learner adapts on top, and only a cross-fitting one carries it."""
    with pytest.raises(UsageError, match=f"{name}: expected an episodic learner on one that cross-fits"):
        create(name)
