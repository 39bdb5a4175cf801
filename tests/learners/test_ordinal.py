"""`Ordinal`: probabilities by hand, slopes against differences, curvatures as bounds, learners that know the order."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.ordinal import Ordinal, cuts_init, falling, odds_above, shares_of_levels, slopes_by_cut
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Latent

ETA = np.array([[2.0, 0.0, -1.0], [5.0, 4.0, -3.0], [0.1, 0.0, -0.1]])
"""Log odds of three rows above the three cuts between four classes."""

LEVELS = ([0, 1, 2], [3, 3, 0], [1, 2, 3])
"""A class for each of these rows, such that every class stands in the first and the last column of a case."""


def log_p(eta: np.ndarray, y: np.ndarray, variance: float = 0.0) -> np.ndarray:
    """Of a belief with this variance."""
    return np.asarray(Ordinal().log_prob(Latent(eta, 0 * eta + variance, 0.0), y))


def test_probabilities_by_hand() -> None:
    """At even odds above the first cut and 1 : 3 above the second, half, a quarter and a quarter of three classes."""
    eta = np.log([[1.0, 1 / 3]])
    np.testing.assert_allclose(shares_of_levels(eta), [[0.5, 0.25, 0.25]])
    for y, share in enumerate((0.5, 0.25, 0.25)):
        np.testing.assert_allclose(np.exp(log_p(eta, np.array([y]))), share)


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=7))
def test_shares_go_to_odds_and_back(parts: list[float]) -> None:
    """Whatever the shares are."""
    share = np.array(parts) / sum(parts)
    np.testing.assert_allclose(shares_of_levels(odds_above(share)), share, atol=1e-7)


def test_a_class_without_rows_keeps_a_place() -> None:
    """Cuts of nobody's class stand close, not at one point; the others are where the rows are."""
    odds = falling(cuts_init(np.array([50, 0, 50])))
    assert odds[0] > odds[1]
    np.testing.assert_allclose(odds, 0, atol=0.02)


@pytest.mark.parametrize("levels", LEVELS)
def test_the_gradient_is_the_derivative(levels: list[int]) -> None:
    """By one move of all cuts, and cut by cut."""
    y, step = np.array(levels), 1e-5
    numeric = (log_p(ETA + step, y) - log_p(ETA - step, y)) / (2 * step)
    np.testing.assert_allclose(Ordinal().gradient(ETA, y, np.float64(0))[:, 0], numeric, atol=1e-8)
    for cut in range(3):
        move = step * (np.arange(3) == cut)
        numeric = (log_p(ETA + move, y) - log_p(ETA - move, y)) / (2 * step)
        np.testing.assert_allclose(slopes_by_cut(ETA, y)[:, cut], numeric, atol=1e-6)


@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 3))
def test_the_curvature_is_a_bound(at: float, elsewhere: float, level: int) -> None:
    """The parabola with this slope and curvature touches log p at one point and lies below it everywhere."""
    cuts, y = np.array([[2.0, 0.0, -1.0]]), np.array([level])
    family, move = Ordinal(), elsewhere - at
    slope, bend = family.gradient(cuts + at, y, np.float64(0))[0, 0], family.curvature(cuts + at, y, np.float64(0))[0]
    below = log_p(cuts + at, y)[0] + slope * move - bend * move**2 / 2
    assert below <= log_p(cuts + elsewhere, y)[0] + 1e-9


def test_doubt_draws_to_the_middle() -> None:
    """The rarer a class, the more of it where the latent is unknown."""
    eta = np.array([[4.0, -4.0]])
    known, unsure = (np.exp([log_p(eta, np.array([y]), variance)[0] for y in range(3)]) for variance in (0.0, 9.0))
    assert (unsure[[0, 2]] > 3 * known[[0, 2]]).all()
    assert unsure.sum() == pytest.approx(1)


def test_the_same_in_jax_with_finite_slopes() -> None:
    """Also at the ends of the order, where a cut is infinitely far, and with cuts that have met."""
    y = jnp.array([0.0, 3.0, 1.0])
    eta = jnp.array([[30.0, 0.0, -30.0], [-40.0, -50.0, -60.0], [1.0, 1.0, 1.0]])

    def total(mean: Any) -> Any:
        return Ordinal().log_prob(Latent(mean, 0 * mean + 0.5, 0.0), y).sum()

    assert np.isfinite(jax.grad(total)(eta)).all()
    np.testing.assert_allclose(total(eta), log_p(np.asarray(eta), np.asarray(y), 0.5).sum(), rtol=1e-5)


def test_a_head_finds_the_cuts_and_the_level(table: Any) -> None:
    """Where tasks differ in level, ten rows of a new one take from the log loss; cuts are not where they began."""
    learner = BayesHead(features=4, hidden=())
    params = fit(learner, table("ordinal", tasks=200), Job(Settings(steps=200, shots=(0, 2, 10), queries=12)))
    new = table("ordinal", tasks=150, seed=1)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=12)
    bound, loss = bind(learner, new.spec), {}
    for k in (0, 10):
        batch = gather(new, episodes.shown(k), 10)
        state = bound.adapt(params, None, batch.descriptor, batch.support)
        loss[k] = -np.mean(Ordinal().log_prob(bound.predict(params, None, state, batch.query), batch.y))
    assert loss[10] < 0.75 * loss[0]
    assert loss[0] < 0.8 * np.log(3)
