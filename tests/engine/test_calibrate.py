"""`variance_factors`: intervals of a mixture hold on held-out tasks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from warmstart.engine.calibrate import variance_factors
from warmstart.engine.rehearse import Rehearsal, together
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


def few_groups(shared: float) -> float:
    """Share of new rows inside 90 % intervals after five groups of ten tasks, whose errors share this much of 1."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        common = np.repeat(rng.normal(size=5), 10)[:, None]
        y = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=(TASKS, ROWS))
        said = np.zeros((1, 1, TASKS, ROWS))
        group = np.arange(TASKS) // 10
        held = Evidence(said, lambda _, mixed: mixed[:, 0], np.ones((1, TASKS)), group)
        found.append(
            variance_factors(Rehearsal(held, np.ones(1), (0.0,), said + 1, y, np.ones_like(y)), np.ones((1, 1)))
        )
    return float(np.mean(2 * special.ndtr(1.6448536 * np.sqrt(found)) - 1))


def test_few_groups_are_enough_where_they_are_alike() -> None:
    """The level is met for new groups, neither missed where each goes its own way nor overdone where all are alike."""
    assert few_groups(0.0) == pytest.approx(0.9, abs=0.01)
    assert few_groups(0.5) == pytest.approx(0.9, abs=0.02)
    assert few_groups(0.95) == pytest.approx(0.9, abs=0.05)


def test_folds_together_are_one_rehearsal() -> None:
    """Two halves put together say what the whole says; no group of one fold is a group of the other."""
    whole = rehearsal(2.0)
    assert whole.y is not None
    assert whole.mask is not None
    halves = []
    for some in (slice(0, 25), slice(25, None)):
        kept = Evidence(
            [each[:, some] for each in whole.evidence.said],
            whole.evidence.loss,
            whole.evidence.counts[:, some],
            np.arange(25),
        )
        y, mask = whole.y[some], whole.mask[some]
        spread = [each[:, some] for each in whole.variance]
        halves.append(
            Rehearsal(kept, whole.temperature, (1.0,), spread, y, mask, lambda y, mask, _, said: (y - said)[:, 0])
        )
    joined = together(halves)
    one = np.ones((2, 1))
    np.testing.assert_allclose(variance_factors(joined, one), variance_factors(whole, one))
    assert len(np.unique(joined.evidence.group)) == TASKS
    np.testing.assert_allclose(joined.evidence.losses(0, np.ones(1)), whole.y[:, 0])


def test_only_numbers() -> None:
    """Classes and items have no variance to scale."""
    held = rehearsal(1.0)
    bare = Rehearsal(held.evidence, held.temperature, held.ms_per_task)
    assert variance_factors(bare, np.ones((2, 1))).tolist() == [1, 1]
