"""`Scaled`: the number that tells most, its line, and the level above it, where the truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.scaled import Scaled
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Rows


def test_the_line_is_in_the_number_that_tells_most(table: Any, context: Any) -> None:
    """The target is 1 + 2 x of the second number, exactly; without a support nothing is added."""
    train = table(tasks=30)
    train = replace(train, y=(1 + 2 * train.x.numbers[:, 1]).astype(np.float32))
    learner = Scaled()
    params = learner.fit(train, context)
    assert int(params["column"]) == 1
    np.testing.assert_allclose(params["line"], (1, 2), atol=1e-5)
    batch = gather(train, draw(train, "random", np.random.default_rng(0), shots=5, queries=5), 0)
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    np.testing.assert_allclose(said.mean, batch.y, atol=1e-4)


def test_the_level_of_a_task_is_learned(table: Any, context: Any) -> None:
    """Tasks lie apart by a level of spread 3: five rows take most of the error away."""
    worlds = table(tasks=80), table(tasks=40, seed=9)
    far = [np.random.default_rng(i).normal(0, 3, each.n_tasks)[each.task_of_row] for i, each in enumerate(worlds)]
    train, new = (replace(each, y=(each.y + by).astype(np.float32)) for each, by in zip(worlds, far, strict=True))
    learner = Scaled()
    params = learner.fit(train, context)
    episodes = draw(new, "random", np.random.default_rng(0), shots=5, queries=12)
    error = []
    for k in (0, 5):
        batch = gather(new, episodes, k)
        said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
        error.append(((said.mean - batch.y) ** 2).mean())
    assert error[1] < 0.5 * error[0]


def test_rows_without_a_number_are_refused(table: Any, context: Any) -> None:
    """There is nothing to draw a line in."""
    train = table(tasks=5)
    bare = replace(train, x=Rows(train.x.numbers[:, :0], train.x.codes))
    with pytest.raises(UsageError, match="feature of kind 'number'"):
        Scaled().fit(bare, context)
