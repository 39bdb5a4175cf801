"""`variance_factors`: intervals of a mixture hold on held-out tasks."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.engine.calibrate import variance_factors
from warmstart.engine.rehearse import Rehearsal
from warmstart.engine.select import Evidence

TASKS, ROWS = 50, 40


def rehearsal(spread: float, said: float = 1.0, members: int = 1) -> Rehearsal:
    """Errors of this deviation, from members that say it is `said`; the mean of a member is 0."""
    y = spread * np.random.default_rng(0).normal(size=(TASKS, ROWS))
    zeros = np.zeros((2, members, TASKS, ROWS))
    held = Evidence(zeros, lambda _, mixed: mixed[:, 0], np.ones((2, TASKS)), np.arange(TASKS))
    return Rehearsal(held, np.ones(members), (0.0,), zeros + said**2, y, np.ones_like(y))


def test_too_sure_is_widened() -> None:
    """Errors twice as large as said: four times the variance; as large as said: none."""
    one = np.ones((2, 1))
    np.testing.assert_allclose(variance_factors(rehearsal(2.0), one), 4, rtol=0.15)
    np.testing.assert_allclose(variance_factors(rehearsal(1.0), one), 1, rtol=0.15)


def test_disagreement_counts() -> None:
    """Members at 3 and -3 that are sure of themselves: the mixture's variance of 9 is more than the errors need."""
    held = rehearsal(1.5, said=0.01, members=2)
    held.evidence.said[0][:] += np.array([3.0, -3.0])[:, None, None]
    np.testing.assert_allclose(variance_factors(held, np.full((1, 2), 0.5)), 1.5**2 / 9, rtol=0.15)


def test_small_and_large_tasks_count_the_same() -> None:
    """A task of one row that is far off weighs as much as one of forty that is not."""
    held = rehearsal(1.0)
    assert held.y is not None
    assert held.mask is not None
    held.y[:25], held.mask[:25, 1:] = 50.0, 0.0
    assert variance_factors(held, np.ones((2, 1)))[0] == pytest.approx(10)  # its upper limit


def test_only_numbers() -> None:
    """Classes and items have no variance to scale."""
    held = rehearsal(1.0)
    bare = Rehearsal(held.evidence, held.temperature, held.ms_per_task)
    assert variance_factors(bare, np.ones((2, 1))).tolist() == [1, 1]
