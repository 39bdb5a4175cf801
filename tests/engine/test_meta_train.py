"""`meta_train`: the front door."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import warmstart as ws
from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.learners.popularity import Popularity
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.table import Table

Tables = Callable[[str], Table]


def test_model_says_what_it_was_made_of(table: Tables) -> None:
    """Data, counts, settings and learner, as JSON values."""
    tasks = ws.TaskSet.of(table("number"))
    model = ws.meta_train(tasks, TaskMean(), settings=Settings(steps=3), seed=5)
    assert (model.info["data"], model.info["tasks"], model.info["rows"]) == ("shops", 12, 96)
    assert model.info["predicts"] == "sold"
    assert (model.info["settings"]["steps"], model.info["settings"]["seed"]) == (3, 5)
    assert model.info["learner"] == {"name": "task_mean", "parameters": {}}
    assert json.loads(json.dumps(model.info))["warmstart"] == ws.__version__
    assert (model.version, model.schema) == ("unsaved", tasks.schema)


def test_learner_that_cannot_predict_the_target(table: Tables) -> None:
    """Refused with the reason."""
    with pytest.raises(UsageError, match="popularity cannot predict a gaussian target"):
        ws.meta_train(ws.TaskSet.of(table("number")), Popularity())


def test_unknown_setting(table: Tables) -> None:
    """A misspelt setting is refused."""
    with pytest.raises(TypeError, match="stepps"):
        ws.meta_train(ws.TaskSet.of(table("number")), TaskMean(), stepps=3)
