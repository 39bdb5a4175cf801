"""`Shifted`: the level by hand, its strength where the truth is known, its gain over the global model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.learners._level import Strength, fit_strength, level
from warmstart.learners.global_boost import Global
from warmstart.learners.shifted import Shifted
from warmstart.tasks.episodes import draw, gather

SMALL = {"max_rounds": 60, "min_rows": 10, "threads": 1}


def test_level_is_the_shrunk_mean_residual() -> None:
    """Two residuals of 1 with noise 1 and prior precision 2: 2 / (2 + 2); variance 1/4; the padded row says nothing."""
    link, y, weight = np.zeros((1, 3, 1)), np.array([[1.0, 1.0, 9.0]]), np.array([[1.0, 1.0, 0.0]])
    found = level("gaussian", link, y, weight, Strength(2.0, 0.0, 1.0))
    np.testing.assert_allclose((found.mean[0, 0], found.variance[0]), (0.5, 0.25), rtol=1e-6)
    alike = level("gaussian", link, y, weight, Strength(2.0, 1.0, 1.0))
    np.testing.assert_allclose(alike.mean[0, 0], 1 / 3, rtol=1e-6)  # two rows that say the same count as one


def test_level_of_labels_is_the_mode() -> None:
    """At the mode the slope of log likelihood plus log prior is zero, for labels and for counts."""
    link, weight = np.full((1, 4, 1), 0.3), np.ones((1, 4))
    y = np.array([[1.0, 1.0, 1.0, 0.0]])
    b = level("bernoulli", link, y, weight, Strength(0.5, 0.0, 0.0)).mean[0, 0]
    np.testing.assert_allclose((y - 1 / (1 + np.exp(-0.3 - b))).sum() - 0.5 * b, 0, atol=1e-2)
    b = level("negative_binomial", link, y, weight, Strength(0.5, 0.0, 1e-4)).mean[0, 0]
    np.testing.assert_allclose((y - np.exp(0.3 + b)).sum() - 0.5 * b, 0, atol=1e-2)


def test_strength_finds_the_spread_of_levels(table: Any) -> None:
    """Levels have variance 1, so that the best prior precision is near 1 and rows are independent."""
    train = table(tasks=200, rows=40)
    latent = 1.5 * train.x.numbers[:, 0] + np.array([0, -0.5, 0.0, 0.5])[train.x.codes[:, 0]]
    found = fit_strength(train, latent[:, None], np.random.default_rng(0))
    assert 0.4 < found.precision < 2.5
    assert found.overlap <= 0.1
    assert 0.08 < found.noise < 0.1


def test_dispersion_of_counts_is_inside_tasks(table: Any) -> None:
    """Poisson counts about levels of variance 4: no dispersion is left, though beside a common rate there is much."""
    train = table("negative_binomial", tasks=200, rows=40)
    rng = np.random.default_rng(1)
    level = np.repeat(2 * rng.normal(size=200), 40)
    train = replace(train, y=rng.poisson(np.exp(level)).astype(np.float32))
    alike = np.full((len(level), 1), 2.0, np.float32)  # log of the mean rate of such levels
    found = fit_strength(train, alike, np.random.default_rng(0))
    assert found.noise < 0.05
    assert found.precision < 0.6
    assert found.overlap <= 0.1


def test_support_beats_the_global_model(table: Any, context: Any) -> None:
    """Where tasks differ in level, five rows take away most of what the global model leaves."""
    train, new = table(tasks=80), table(tasks=40, seed=9)
    episodes = draw(new, "random", np.random.default_rng(0), shots=5, queries=12)
    none, five = gather(new, episodes, 0), gather(new, episodes, 5)
    shifted, fixed = Shifted(**SMALL), Global(**SMALL)
    params, base = shifted.fit(train, context), fixed.fit(train, context)
    said = [shifted.predict(params, shifted.adapt(params, b.descriptor, b.support), b.query) for b in (none, five)]
    error = [((latent.mean - five.y) ** 2).mean() for latent in said]
    start = fixed.predict(base, fixed.adapt(base, none.descriptor, none.support), none.query).mean
    np.testing.assert_allclose(said[0].mean, start, rtol=1e-5)
    assert error[1] < 0.45 * error[0]
    assert (said[1].variance < said[0].variance).all()
