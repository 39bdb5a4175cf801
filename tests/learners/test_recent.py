"""Supports as series: the season that training tasks have, and beliefs by their moments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.engine.answer import count_moments
from warmstart.learners._recent import latent_of_moments, pairs, recent, season_of
from warmstart.types import Rows, Support


def weekly(table: Any, rows: int = 60, noise: float = 0.1) -> Any:
    """Tasks with one course over every seven rows and a level of their own."""
    world = table(tasks=8, rows=rows)
    course = np.random.default_rng(3).normal(size=7)
    place = np.arange(rows * 8) % rows
    level = np.repeat(np.random.default_rng(4).normal(size=8), rows)
    y = level + course[place % 7] + noise * np.random.default_rng(5).normal(size=len(place))
    return replace(world, y=y.astype(np.float32), time=place)


def test_the_season_is_found(table: Any) -> None:
    """What repeats after seven rows differs least so far apart, not after four or thirteen."""
    assert season_of(weekly(table)) == 7


def test_without_a_season_there_is_none(table: Any) -> None:
    """A random walk differs less the nearer rows are; and rows too few for any season have none."""
    world = weekly(table)
    walk = np.random.default_rng(0).normal(size=(8, 60)).cumsum(axis=1).ravel().astype(np.float32)
    assert season_of(replace(world, y=walk)) == 1
    assert season_of(weekly(table, rows=3)) == 1


def test_pairs_are_of_one_task(table: Any) -> None:
    """Two tasks of three rows have one pair each, two rows apart."""
    world = replace(table(tasks=2, rows=3), y=np.arange(6, dtype=np.float32))
    before, after, weight = pairs(world, 2)
    assert (before.tolist(), after.tolist(), weight.tolist()) == ([0, 3], [2, 5], [1, 1])


def test_padding_is_not_counted() -> None:
    """Two real rows of three."""
    none = Rows(np.zeros((1, 3, 0), np.float32), np.zeros((1, 3, 0), np.int32))
    y, weight = np.array([[4.0, 5.0, 0.0]]), np.array([[1.0, 1.0, 0.0]])
    assert recent(Support(none, np.full((1, 3), -1), y, weight, 0 * y)).rows.tolist() == [2]


def test_counts_have_the_moments_that_are_told() -> None:
    """Mean 4 and variance 20 come back; a variance below the mean becomes the mean's, and nothing becomes a little."""
    latent = latent_of_moments("negative_binomial", np.array([[4.0, 4.0, 0.0]]), np.array([[20.0, 1.0, 0.0]]))
    mean, variance = count_moments(latent)
    assert mean[0] == pytest.approx([4, 4, 0.01], rel=1e-4)
    assert variance[0, :2] == pytest.approx([20, 4], rel=1e-2)
