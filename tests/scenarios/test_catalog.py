"""Every scenario is found by import, and keeps what a declaration promises."""

from __future__ import annotations

import ast
import importlib
import inspect
from dataclasses import FrozenInstanceError

import pytest

from warmstart.datasets.catalog import get, names
from warmstart.engine.settings import Settings
from warmstart.errors import NotFound, UsageError
from warmstart.evaluate.metrics import METRICS
from warmstart.evaluate.protocols import PROTOCOLS
from warmstart.learners.likelihoods import LIKELIHOODS
from warmstart.learners.registry import create
from warmstart.scenarios.catalog import scenario, scenarios
from warmstart.scenarios.scenario import Contest

CONTESTS = [(name, likelihood) for name, found in scenarios().items() for likelihood in found.contests]
MOST_LINES = 100


@pytest.mark.parametrize("name", scenarios())
def test_declaration(name: str) -> None:
    """Named as its module, told in sentences, immutable, with a contest, a protocol and settings by likelihood."""
    found = scenario(name)
    module = importlib.import_module(f"warmstart.scenarios.{name}")
    assert vars(module)["SCENARIO"] is found
    assert found.summary.endswith(".")
    assert all((found.task, found.asks, found.decides))
    assert set() < set(found.contests) <= set(LIKELIHOODS)
    assert set(found.protocols) == set(found.contests)
    assert set(found.protocols.values()) <= set(PROTOCOLS)
    assert set(found.settings) <= set(found.contests)
    with pytest.raises(FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.contests["weather"] = Contest((), (), ())  # type: ignore[index]


@pytest.mark.parametrize("name", scenarios())
def test_is_data(name: str) -> None:
    """Under a hundred lines, without loops, functions or conditions."""
    text = inspect.getsource(importlib.import_module(f"warmstart.scenarios.{name}"))
    busy = (ast.For, ast.While, ast.If, ast.FunctionDef, ast.ClassDef, ast.With, ast.Try)
    assert text.count("\n") < MOST_LINES
    assert [type(node).__name__ for node in ast.walk(ast.parse(text)) if isinstance(node, busy)] == []


@pytest.mark.parametrize(("name", "likelihood"), CONTESTS)
def test_contest(name: str, likelihood: str) -> None:
    """Every contender exists, takes its parameters, and can predict the target; every metric is known."""
    contest = scenario(name).contest(likelihood)
    contenders = (*contest.learners, *contest.baselines)
    assert contest.learners
    assert contest.baselines
    assert len(set(contenders)) == len(contenders)
    assert set(contest.parameters) <= set(contenders)
    for learner in contenders:
        made = create(learner, **contest.parameters.get(learner, {}))
        assert made.name == learner
        assert likelihood in made.likelihoods
    assert contest.metrics
    assert set(contest.metrics) <= set(METRICS)


@pytest.mark.parametrize("name", scenarios())
def test_data_sets(name: str) -> None:
    """Each data set that is said to prove it has a table for it (folders are there only where the user has them)."""
    known = [get(data) for data in scenario(name).data if data in names()]
    assert known
    assert all(name in source.tables for source in known)


@pytest.mark.parametrize("name", scenarios())
def test_other_targets_are_refused(name: str) -> None:
    """A target that it cannot predict is answered with those it can."""
    with pytest.raises(UsageError, match=f"scenario '{name}' cannot predict a weather target; it can: "):
        scenario(name).contest("weather")
    assert scenario(name).settings_for("weather") == Settings()


def test_unknown_scenario() -> None:
    """The nearest name is offered."""
    with pytest.raises(NotFound, match="did you mean recommend"):
        scenario("recomend")
