"""`TaskMean`: conjugate means by hand and strengths where the truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.learners._pooling import fit_pool
from warmstart.learners.task_mean import TaskMean
from warmstart.types import Query, Rows, Support


def _ask(family: int, mean: list[float], strength: float, y: list[float], noise: float = 0.0) -> Any:
    params = {"mean": np.array(mean), "strength": np.array(strength), "noise": np.array(noise)}
    values = np.array([y], dtype=np.float32)
    rows = Rows(np.zeros((1, len(y), 0)), np.zeros((1, len(y), 0), int))
    support = Support(rows, np.full((1, len(y)), -1), values, np.ones_like(values), 0 * values)
    learner, params = TaskMean(), params | {"family": np.array(family)}
    query = Query(Rows(np.zeros((1, 2, 0)), np.zeros((1, 2, 0), int)), np.full((1, 2), -1), np.zeros((1, 2)))
    return learner.predict(params, learner.adapt(params, rows, support), query)


def test_gaussian_by_hand() -> None:
    """Mean 1 worth two rows, two rows of 3: (2 + 6) / 4, variance noise / 4."""
    said = _ask(0, [1.0], 2.0, [3.0, 3.0], noise=2.0)
    np.testing.assert_allclose(said.mean, [[2.0, 2.0]])
    np.testing.assert_allclose(said.variance, [[0.5, 0.5]])


def test_labels_classes_and_counts_by_hand() -> None:
    """Beta: (1 + 1) / (2 + 2) → logit 0; Dirichlet: (1, 1, 0 + 2) / 4; gamma: log((2 + 4) / 3)."""
    np.testing.assert_allclose(_ask(1, [0.5], 2.0, [1.0, 0.0]).mean, 0, atol=1e-7)
    shares = np.exp(_ask(2, [0.25, 0.25, 0.5], 4.0, [0, 1, 2, 2]).mean[0, 0])
    np.testing.assert_allclose(shares, [0.25, 0.25, 0.5], rtol=1e-6)
    np.testing.assert_allclose(_ask(3, [1.0], 2.0, [4.0]).mean, np.log(2.0), rtol=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=0, max_size=6), st.floats(0.1, 50))
def test_the_answer_lies_between_both_means(y: list[float], strength: float) -> None:
    """A shrunk mean never leaves the interval between the mean of all and the mean of the support."""
    ends = [1.0, float(np.mean(y))] if y else [1.0, 1.0]
    said = float(_ask(0, [1.0], strength, y).mean[0, 0])
    assert min(ends) - 1e-4 <= said <= max(ends) + 1e-4


@pytest.mark.parametrize(("inside", "between"), [(1.0, 1.0), (4.0, 0.25)])
def test_normal_strength_is_the_ratio_of_variances(inside: float, between: float, table: Any) -> None:
    """Levels of variance b around 2 and noise of variance n: strength n / b, mean 2."""
    rng = np.random.default_rng(0)
    world = table(tasks=800, rows=10)
    y = 2 + np.repeat(rng.normal(size=800), 10) * between**0.5 + rng.normal(size=8000) * inside**0.5
    pool = fit_pool(replace(world, y=y.astype(np.float32)))
    assert pool.strength == pytest.approx(inside / between, rel=0.2)
    assert pool.mean[0] == pytest.approx(2, abs=0.1)


def test_beta_strength_is_found(table: Any) -> None:
    """Rates ~ Beta(2, 6): mean 1/4, strength 8."""
    rng = np.random.default_rng(0)
    world = table("bernoulli", tasks=1500, rows=10)
    y = (rng.random(15_000) < np.repeat(rng.beta(2, 6, 1500), 10)).astype(np.float32)
    pool = fit_pool(replace(world, y=y))
    assert pool.mean[0] == pytest.approx(0.25, abs=0.02)
    assert pool.strength == pytest.approx(8, rel=0.35)


def test_gamma_strength_is_found(table: Any) -> None:
    """Rates ~ Gamma(3, rate 2): mean 3/2, strength 2."""
    rng = np.random.default_rng(0)
    world = table("negative_binomial", tasks=1500, rows=10)
    y = rng.poisson(np.repeat(rng.gamma(3, 1 / 2, 1500), 10)).astype(np.float32)
    pool = fit_pool(replace(world, y=y))
    assert pool.mean[0] == pytest.approx(1.5, abs=0.1)
    assert pool.strength == pytest.approx(2, rel=0.35)
