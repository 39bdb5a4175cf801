"""Bootstrap intervals over tasks."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.evaluate.bootstrap import interval, paired_difference


def test_the_interval_is_that_of_the_mean():
    """For 400 normal values it is close to mean ± 1.96 s / sqrt(n)."""
    values = np.random.default_rng(0).normal(5, 2, size=400)
    mean, low, high = interval(values, draws=4000)
    half = 1.96 * values.std() / 20
    assert mean == pytest.approx(values.mean())
    np.testing.assert_allclose([low, high], [mean - half, mean + half], atol=0.1 * half)


def test_a_constant_has_no_width():
    """Equal values move nowhere, to the last bit."""
    assert interval(np.full(7, 0.1)) == (pytest.approx(0.1, abs=1e-16),) * 3


def test_seeds_are_averaged_before_tasks_are_drawn():
    """Two seeds of one task are not two tasks; a seed that does not define the value is left out of it."""
    seeds = np.array([[0.0, 3.0, np.nan], [2.0, np.nan, np.nan]])
    assert interval(seeds) == interval(np.array([1.0, 3.0]))
    assert interval(seeds).mean == 2


def test_nothing_defined():
    """Without a defined value there is no interval."""
    assert np.isnan(interval([np.nan, np.nan])).all()


def test_pairs_are_tighter_than_their_sides():
    """A constant gain over tasks that differ much is certain."""
    hard = np.random.default_rng(0).normal(0, 10, size=50)
    mean, low, high = paired_difference(hard + 0.5, hard)
    np.testing.assert_allclose([mean, low, high], 0.5)
    assert paired_difference([1.0, np.nan, 4.0], [0.0, 1.0, np.nan]).mean == 1


def test_groups_are_drawn_whole():
    """Ten copies of each of five values tell no more than the five."""
    values = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    alone = interval(values, draws=2000)
    copies = interval(np.repeat(values, 10), draws=2000, groups=np.repeat([7, 3, 5, 1, 9], 10))
    np.testing.assert_allclose(copies, alone, atol=1e-6)
    assert interval(np.repeat(values, 10)).low > alone.low


def test_the_same_seed_gives_the_same_interval():
    """Randomness comes from the seed alone."""
    values = np.arange(30.0)
    assert interval(values, seed=1) == interval(values, seed=1)
    assert interval(values, seed=1) != interval(values, seed=2)
