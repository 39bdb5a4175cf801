"""`select`: greedy, bagged, smoothed, and never worse than the best single member."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.engine.select import Evidence, contenders, neighbours, select, single_losses


def evidence(said: np.ndarray, y: float = 0.0, counts: np.ndarray | None = None) -> Evidence:
    """Absolute errors of numbers [shots, members, tasks, cells]; each task is a group."""
    counts = np.ones((said.shape[0], said.shape[2])) if counts is None else counts
    return Evidence(list(said), lambda _, mixed: np.abs(mixed - y).mean(axis=1), counts, np.arange(said.shape[2]))


def weights(held: Evidence, **more: bool) -> np.ndarray:
    """As `Auto` asks for them."""
    return select(held, rounds=12, bags=8, seed=0, **more)


def test_the_only_good_one() -> None:
    """A member without error gets everything."""
    said = np.stack([np.full((3, 10, 4), error) for error in (2.0, 0.0, 5.0)], axis=1)
    np.testing.assert_array_equal(weights(evidence(said)), [[0, 1, 0]] * 3)


def test_two_that_err_on_either_side() -> None:
    """One is 1 too high, one 1 too low: half of each is right, and better than both."""
    said = np.stack([np.full((2, 10, 4), error) for error in (1.0, -1.0, 8.0)], axis=1)
    found = weights(evidence(said))
    np.testing.assert_allclose(found, [[0.5, 0.5, 0]] * 2)
    assert evidence(said).mean(0, found[0]) == pytest.approx(0)


def test_never_worse_than_the_best() -> None:
    """On thirty random worlds of few noisy tasks, at every support size."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        held = evidence(rng.normal(size=(4, 5, 6, 3)) + rng.normal(size=(1, 5, 1, 1)))
        found = weights(held)
        np.testing.assert_allclose(found.sum(axis=1), 1)
        for shot, alone in enumerate(single_losses(held)):
            assert held.mean(shot, found[shot]) <= alone.min() + 1e-12


def test_one_lucky_size_does_not_decide_alone() -> None:
    """A member that is best at the middle size by a hair, and far behind around it, gets little there."""
    said = np.full((3, 2, 10, 1), 1.0)
    said[:, 1] = 3.0
    said[1, 1] = 0.99
    found = weights(evidence(said))
    assert found[[0, 2], 1].tolist() == [0, 0]
    assert select(evidence(said[1:2]), rounds=12, bags=8, seed=0)[0, 1] == 1
    np.testing.assert_allclose(neighbours(3), [[0.75, 0.25, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]])


def test_tasks_without_enough_rows_do_not_count() -> None:
    """The first member fails only where the support was not as large as it should be."""
    said = np.stack([np.zeros((1, 10, 2)), np.full((1, 10, 2), 0.5)], axis=1)
    said[0, 0, 5:] = 9.0
    counts = (np.arange(10) < 5)[None] * 1.0
    np.testing.assert_array_equal(weights(evidence(said, counts=counts)), [[1, 0]])
    assert weights(evidence(said))[0, 1] == 1


def test_every_member_counts() -> None:
    """An ensemble keeps even its worst member, with the least weight."""
    said = np.stack([np.full((2, 10, 4), error) for error in (2.0, 0.5, 5.0)], axis=1)
    found = weights(evidence(said), every=True)
    assert (found > 0).all()
    assert (found.argmax(axis=1) == 1).all()


def test_a_favourite_has_to_be_beaten_clearly() -> None:
    """A second member that is better by .1 on average: with noise of 1 over twenty groups that is chance, else not."""
    noise = np.random.default_rng(0).normal(size=(1, 20, 1))
    for spread, favourite in ((1.0, 1.0), (0.05, 0.0)):
        first, second = np.full((1, 20, 1), 3.0), 2.9 + spread * (noise - noise.mean())
        found = weights(evidence(np.stack([first, second], axis=1)), favour=True)
        assert found[0, 0] == favourite


def test_a_group_is_one_witness() -> None:
    """Forty tasks of two groups that agree within each are two witnesses, not forty."""
    better = np.repeat([0.8, 0.05], 20).reshape(1, 40, 1)
    said = np.stack([np.full((1, 40, 1), 1.0), 1 - better], axis=1)
    alone = evidence(said)
    together = Evidence(alone.said, alone.loss, alone.counts, np.repeat([0, 1], 20))
    assert weights(alone, favour=True)[0, 0] == 0
    assert weights(together, favour=True)[0, 0] == 1


def test_who_may_be_wanted_again() -> None:
    """The best, and one that errs on the other side; not one that adds nothing at any size."""
    said = np.stack([np.full((2, 10, 4), error) for error in (1.0, -1.0, 8.0)], axis=1)
    assert contenders(evidence(said), rounds=12, bags=8, seed=0) == [0, 1]
    assert contenders(evidence(said[:, 1:]), rounds=12, bags=8, seed=0) == [0, 1]
    assert contenders(evidence(said[:, ::2]), rounds=12, bags=8, seed=0) == [0]
