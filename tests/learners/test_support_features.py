"""`SupportFeatures`: statistics by hand, and a slope of each task that a shift cannot express."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.learners._support_stats import Side, Told, support_features
from warmstart.learners.shifted import Shifted
from warmstart.learners.support_features import SupportFeatures
from warmstart.tasks.episodes import draw, gather

SMALL = {"max_rounds": 80, "min_rows": 10, "threads": 1}


def _features(weight: float) -> np.ndarray:
    """One number, support at 0 and 2 with y 1 and 3, residuals 1 and 1; query at 0; a third row of this weight."""
    side = Side(np.array([[[0.0], [2.0], [9.0]]]), np.zeros((1, 3, 0)))
    told = Told(np.array([[1.0, 3.0, 50.0]]), np.array([[[1.0], [1.0], [9.0]]]), np.array([[1.0, 1.0, weight]]))
    return support_features(side, Side(np.zeros((1, 1, 1)), np.zeros((1, 1, 0))), told)[0, 0]


def test_statistics_by_hand() -> None:
    """Rows, mean, deviation, least, greatest y; mean residual; centre; distance to it; nearest row at distance 0."""
    found = _features(0.0)
    np.testing.assert_allclose(found[:8], [2, 2, 1, 1, 3, 1, 1, -1], atol=1e-6)
    assert found[-1] == pytest.approx(0.0, abs=1e-9)
    kernel = 1 + np.exp(-4 / (2 * 1.0))  # width 1: the row at 0 fully, the row at squared distance 4 a little
    assert found[9] == pytest.approx(kernel / (kernel + 1), rel=1e-5)


def test_padding_says_nothing_but_a_row_does() -> None:
    """The third row changes the statistics once it has a weight."""
    assert not np.allclose(_features(0.0), _features(1.0))


def test_no_support_is_missing_not_zero() -> None:
    """Without rows the statistics of y are NaN, which trees tell apart from 0."""
    empty = Told(np.zeros((1, 0)), np.zeros((1, 0, 1)), np.zeros((1, 0)))
    side = Side(np.zeros((1, 0, 1)), np.zeros((1, 0, 0)))
    found = support_features(side, Side(np.zeros((1, 1, 1)), np.zeros((1, 1, 0))), empty)[0, 0]
    assert found[0] == 0
    assert np.isnan(found[[1, 2, 3, 4, -1]]).all()


def test_it_beats_a_shift_where_slopes_differ(table: Any, context: Any) -> None:
    """Each task has its own slope on the second number: residuals nearby tell it, a level cannot."""

    def sloped(seed: int, tasks: int) -> Any:
        world = table(tasks=tasks, rows=40, seed=seed)
        own = np.repeat(np.random.default_rng(seed + 1).normal(size=tasks), 40)
        return replace(world, y=(world.y + 1.5 * own * world.x.numbers[:, 1]).astype(np.float32))

    train, new = sloped(0, 120), sloped(9, 40)
    batch = gather(new, draw(new, "random", np.random.default_rng(0), shots=20, queries=20), 20)
    errors = {}
    for learner in (Shifted(**SMALL), SupportFeatures(**SMALL, rows=12_000)):
        params = learner.fit(train, context)
        said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
        errors[learner.name] = float(((said.mean - batch.y) ** 2).mean())
        assert said.noise.shape in {(), (40, 1)}
    assert errors["support_features"] < 0.75 * errors["shifted"]


def test_tasks_of_one_row_cannot_train_it(table: Any, context: Any) -> None:
    """Nothing can be split into support and query: said before any model with statistics is built."""
    none = table(tasks=40, rows=1)
    episodes = draw(none, "random", np.random.default_rng(0), shots=2, queries=2, least=1)
    assert len(episodes) == 0
    with pytest.raises(DataError):
        SupportFeatures(**SMALL).fit(table(tasks=1, rows=1), context)
