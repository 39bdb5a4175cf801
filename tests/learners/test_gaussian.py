"""`condition` against the textbook, in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.learners.gaussian import condition

Belief = tuple[np.ndarray, np.ndarray]


class Problem(NamedTuple):
    """A prior and k noisy linear observations of two outputs."""

    mean: np.ndarray
    covariance: np.ndarray
    phi: np.ndarray
    y: np.ndarray
    noise: np.ndarray


def problem(rows: int, features: int, seed: int = 0) -> Problem:
    """Random, with a correlated prior and a noise of its own for each row."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(features, features))
    return Problem(
        rng.normal(size=(features, 2)),
        root @ root.T + 0.1 * np.eye(features),
        rng.normal(size=(rows, features)),
        rng.normal(size=(rows, 2)),
        rng.uniform(0.1, 2.0, rows),
    )


def textbook(p: Problem) -> Belief:
    """Rasmussen and Williams 2006, equation 2.8, with a prior mean and one noise a row."""
    precision = np.linalg.inv(p.covariance) + p.phi.T @ np.diag(1 / p.noise) @ p.phi
    covariance = np.linalg.inv(precision)
    return covariance @ (np.linalg.inv(p.covariance) @ p.mean + p.phi.T @ np.diag(1 / p.noise) @ p.y), covariance


def close(a: Belief, b: Belief) -> None:
    """Both beliefs are the same."""
    for mine, other in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("rows", "features"), [(1, 4), (3, 4), (4, 4), (5, 4), (20, 4), (2, 1)])
def test_textbook(rows: int, features: int) -> None:
    """Fewer rows than features and more: both forms give the posterior of the formula."""
    p = problem(rows, features)
    close(condition(*p), textbook(p))


def test_no_rows() -> None:
    """Nothing observed leaves the prior as it is."""
    p = problem(0, 3)
    mean, covariance = condition(*p)
    assert np.array_equal(mean, p.mean)
    assert np.array_equal(covariance, p.covariance)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5))
def test_streaming(first: int, second: int, seed: int) -> None:
    """Two portions one after the other, whatever their sizes, give what all rows give at once."""
    p = problem(first + second, 4, seed)
    mean, covariance = condition(p.mean, p.covariance, p.phi[:first], p.y[:first], p.noise[:first])
    close(condition(mean, covariance, p.phi[first:], p.y[first:], p.noise[first:]), condition(*p))


@given(st.integers(1, 9), st.integers(1, 9))
def test_rows_of_zeros_are_padding(rows: int, padding: int) -> None:
    """They change nothing, also where they make the other form the smaller one."""
    p = problem(rows, 4)
    phi = np.concatenate([p.phi, np.zeros((padding, 4))])
    y, noise = np.concatenate([p.y, np.full((padding, 2), 7.0)]), np.concatenate([p.noise, np.ones(padding)])
    close(condition(p.mean, p.covariance, phi, y, noise), condition(*p))


def test_order_of_rows() -> None:
    """Another order of the rows tells the same."""
    p = problem(6, 3)
    close(condition(p.mean, p.covariance, p.phi[::-1], p.y[::-1], p.noise[::-1]), condition(*p))
