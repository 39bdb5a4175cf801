"""`Ensemble`: all members count; what cannot predict the target is refused, not left out."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.learners.auto import Auto
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.ensemble import Ensemble
from warmstart.learners.global_boost import Global
from warmstart.learners.on_top_of import OnTopOf
from warmstart.learners.per_task import PerTask
from warmstart.learners.popularity import Popularity
from warmstart.learners.registry import create, describe
from warmstart.learners.task_mean import TaskMean
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Spec, Widths


def test_all_members_count(table: Callable[..., TaskArrays]) -> None:
    """Each has weight at each support size, and is fitted on all tasks and without each of three folds."""
    settings = Settings(shots=(8, 0, 2), queries=8)
    params = fit(Ensemble((TaskMean(), PerTask())), table(tasks=20), Job(settings))
    assert params["shots"].tolist() == [0, 2, 8]
    assert set(params["members"]) == {f"{member}{fit}" for member in "01" for fit in ("", ".1", ".2", ".3")}
    assert (params["weight"] > 0).all()
    assert params["weight"].sum(axis=1) == pytest.approx(1)
    assert params["weight"][2, 4] > params["weight"][0, 4] - 1e-9, "a model of the task's own gains with rows"


def test_a_member_that_cannot_is_refused() -> None:
    """Its own reason is given; an ensemble of nobody is none."""
    spec = Spec(Widths(1), Widths(0), "gaussian")
    with pytest.raises(UsageError, match="popularity cannot predict a gaussian target"):
        bind(Ensemble((TaskMean(), Popularity())), spec)
    with pytest.raises(UsageError, match=r"ensemble\.members: expected one or more"):
        bind(Ensemble(), spec)


@pytest.mark.parametrize("kind", [Ensemble, Auto])
def test_description_goes_through_json(kind: type) -> None:
    """Members with parameters of their own, stacked ones and mixtures in a mixture are made again."""
    inner = Auto((TaskMean(), PerTask(prior_rows=2.0)), bags=2)
    made = kind((BayesHead(features=5, hidden=(4,)), OnTopOf(Global(folds=2), BayesHead(hidden=())), inner))
    held = json.loads(json.dumps(describe(made)))
    assert create(held["name"], **held["parameters"]) == made
