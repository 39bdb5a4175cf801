"""Likelihoods: slopes against differences, curvatures as bounds, probabilities that sum to one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from warmstart.errors import NotFound
from warmstart.learners.gaussian import condition
from warmstart.learners.likelihoods import LIKELIHOODS, Bernoulli, Categorical, NegativeBinomial, _log_gamma, likelihood
from warmstart.types import Latent

NOISE = np.float64(0.4)
ETA = np.array([-4.0, -1.3, -0.2, 0.3, 0.9, 2.5])
TARGETS = {
    "gaussian": np.array([-1.0, 0.2, 3.0, 0.0, -0.5, 1.0]),
    "ranking": np.ones(6),
    "bernoulli": np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
    "negative_binomial": np.array([0.0, 1.0, 2.0, 0.0, 5.0, 30.0]),
}


def log_p(name: str, eta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log p(y | eta) for a latent that is known; of a choice the Gaussian that stands for it."""
    still = 0 * eta[:, 0] if eta.shape[1] == 1 else 0 * eta
    mean = eta[:, 0] if eta.shape[1] == 1 else eta
    return likelihood("gaussian" if name == "ranking" else name).log_prob(Latent(mean, still, NOISE), y)


@pytest.mark.parametrize("name", TARGETS)
def test_gradient(name: str) -> None:
    """The gradient is the derivative of the log density."""
    eta, y, step = ETA[:, None], TARGETS[name], 1e-5
    gradient = likelihood(name).gradient(eta, y, NOISE)
    numeric = (log_p(name, eta + step, y) - log_p(name, eta - step, y)) / (2 * step)
    np.testing.assert_allclose(gradient[:, 0], numeric, atol=1e-5, rtol=1e-4)


def test_slope_of_classes() -> None:
    """The same for every class's latent."""
    eta = np.array([[0.0, 1.0, -2.0], [3.0, 0.2, 0.1]])
    y, step = np.array([2.0, 0.0]), 1e-6
    gradient = Categorical().gradient(eta, y, NOISE)
    for c in range(3):
        move = step * (np.arange(3) == c)
        numeric = (log_p("categorical", eta + move, y) - log_p("categorical", eta - move, y)) / (2 * step)
        np.testing.assert_allclose(gradient[:, c], numeric, atol=1e-6)


@given(st.floats(-30, 30), st.floats(-30, 30), st.sampled_from([0.0, 1.0]))
def test_bernoulli_curvature_is_a_bound(at: float, elsewhere: float, y: float) -> None:
    """The parabola with this slope and curvature touches log p at one point and lies below it everywhere."""
    gradient, curvature = (
        Bernoulli().gradient(np.array([[at]]), np.array([y]), NOISE),
        Bernoulli().curvature(np.array([[at]]), np.array([y]), NOISE),
    )
    move = elsewhere - at
    below = log_p("bernoulli", np.array([[at]]), np.array([y])) + gradient[0] * move - curvature * move**2 / 2
    assert below[0] <= log_p("bernoulli", np.array([[elsewhere]]), np.array([y]))[0] + 1e-9


@given(st.lists(st.floats(-9, 9), min_size=6, max_size=6), st.integers(0, 2))
def test_categorical_curvature_is_a_bound(values: list[float], y: int) -> None:
    """The same for three classes."""
    at, elsewhere = np.reshape(values, (2, 1, 3))
    gradient, curvature = (
        Categorical().gradient(at, np.array([y]), NOISE),
        Categorical().curvature(at, np.array([y]), NOISE),
    )
    move = elsewhere - at
    below = log_p("categorical", at, np.array([y])) + (gradient * move).sum() - curvature * (move**2).sum() / 2
    assert below[0] <= log_p("categorical", elsewhere, np.array([y]))[0] + 1e-9


def posterior(name: str, w: np.ndarray, mean: np.ndarray, phi: np.ndarray, y: np.ndarray) -> float:
    """Log posterior of w, up to a constant, under a prior N(mean, 4 I)."""
    return float(log_p(name, phi @ w, y).sum() - ((w - mean) ** 2).sum() / 8)


@pytest.mark.parametrize(("name", "outputs"), [("bernoulli", 1), ("categorical", 3)])
@pytest.mark.parametrize("seed", range(5))
def test_newton_never_lowers_the_posterior(name: str, outputs: int, seed: int) -> None:
    """Every step by the bound climbs, from wherever it starts, and the declared number of steps reaches the top."""
    rng = np.random.default_rng(seed)
    phi, mean = rng.normal(size=(12, 4)), rng.normal(size=(4, outputs))
    y = rng.integers(0, max(outputs, 2), 12).astype(float)
    family, w, reached = likelihood(name), mean, [posterior(name, mean, mean, phi, y)]
    for _ in range(60):
        gradient, curvature = family.gradient(phi @ w, y, NOISE), family.curvature(phi @ w, y, NOISE)
        w, _ = condition(mean, 4 * np.eye(4), phi, phi @ w + gradient / curvature[:, None], 1 / curvature)
        reached.append(posterior(name, w, mean, phi, y))
    assert (np.diff(reached) >= -1e-9).all()
    gained = (reached[family.newton_steps] - reached[0]) / (reached[-1] - reached[0])
    assert gained > 0.97


def test_newton_of_counts_reaches_the_mode() -> None:
    """Fisher scoring has no bound, but ends where the slope of the posterior is nothing."""
    rng = np.random.default_rng(1)
    phi, y = rng.normal(size=(20, 3)), rng.poisson(2.0, 20).astype(float)
    family, w = NegativeBinomial(), np.zeros((3, 1))
    for _ in range(family.newton_steps):
        gradient, curvature = family.gradient(phi @ w, y, NOISE), family.curvature(phi @ w, y, NOISE)
        w, _ = condition(np.zeros((3, 1)), np.eye(3), phi, phi @ w + gradient / curvature[:, None], 1 / curvature)
    gradient = family.gradient(phi @ w, y, NOISE)
    assert np.abs(phi.T @ gradient - w).max() < 1e-4


@pytest.mark.parametrize(("start", "y"), [(-6, 1), (-6, 40), (-6, 3000), (0, 3000), (4, 0), (4, 1), (8, 40), (8, 3000)])
def test_newton_of_counts_does_not_run_away(start: float, y: float) -> None:
    """Four rows of one level above a base far below or above them: the rate at the mode, by the points of a grid."""
    family, w, spread = NegativeBinomial(), np.zeros((1, 1)), np.full((1, 1), 100.0)
    phi, counts, base = np.ones((4, 1)), np.full(4, float(y)), np.full((4, 1), float(start))
    for _ in range(family.newton_steps):
        at = phi @ w + base, counts, NOISE
        gradient, curvature = family.gradient(*at), family.curvature(*at)
        w, _ = condition(np.zeros((1, 1)), spread, phi, phi @ w + gradient / curvature[:, None], 1 / curvature)
    modes = np.linspace(-12, 12, 24_001)
    rate = np.exp(modes)
    density = 4 * (y * modes - (y + 1 / NOISE) * np.log1p(NOISE * rate)) - (modes - start) ** 2 / 200
    assert np.exp(start + w[0, 0]) == pytest.approx(rate[density.argmax()], rel=0.02, abs=0.05)


def test_bernoulli_sums_to_one() -> None:
    """Over both outcomes, however unsure the belief is."""
    belief = Latent(ETA, np.linspace(0, 9, 6), NOISE)
    total = sum(np.exp(Bernoulli().log_prob(belief, np.full(6, y))) for y in (0.0, 1.0))
    np.testing.assert_allclose(total, 1, atol=1e-12)


def test_categorical_sums_to_one() -> None:
    """Over all classes."""
    mean = np.stack([ETA, ETA[::-1], 0 * ETA], axis=-1)
    belief = Latent(mean, np.abs(mean), NOISE)
    total = sum(np.exp(Categorical().log_prob(belief, np.full(6, float(y)))) for y in range(3))
    np.testing.assert_allclose(total, 1, atol=1e-12)


@pytest.mark.parametrize("variance", [0.0, 0.3])
def test_negative_binomial_sums_to_one(variance: float) -> None:
    """Over a long range of counts, with the mean that the moments of the log-normal rate say."""
    y = np.arange(4000.0)
    belief = Latent(np.full_like(y, 1.2), np.full_like(y, variance), NOISE)
    p = np.exp(NegativeBinomial().log_prob(belief, y))
    assert p.sum() == pytest.approx(1, abs=1e-6)
    assert (p * y).sum() == pytest.approx(np.exp(1.2 + variance / 2), rel=1e-4)
    rate = np.exp(1.2 + variance / 2)
    spread = rate + (NOISE * np.exp(variance) + np.expm1(variance)) * rate**2
    assert (p * (y - rate) ** 2).sum() == pytest.approx(spread, rel=1e-3)


def test_negative_binomial_is_scipys() -> None:
    """The same mass as the library's, in its own parametrisation."""
    y, rate = np.arange(20.0), np.exp(0.7)
    size = 1 / NOISE
    ours = NegativeBinomial().log_prob(Latent(np.full(20, 0.7), np.zeros(20), NOISE), y)
    np.testing.assert_allclose(ours, stats.nbinom.logpmf(y, size, size / (size + rate)), atol=1e-6)


def test_gaussian_is_scipys() -> None:
    """Variances of belief and noise add up."""
    belief = Latent(ETA, np.linspace(0.1, 2, 6), NOISE)
    ours = likelihood("gaussian").log_prob(belief, TARGETS["gaussian"])
    theirs = stats.norm.logpdf(TARGETS["gaussian"], ETA, np.sqrt(belief.variance + NOISE))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_ranking_is_a_softmax_over_the_catalogue() -> None:
    """The log share of each chosen item; padding, item -1, gives some finite number."""
    scores = np.array([[1.0, 0.0, 3.0], [0.0, 0.0, 0.0]])
    found = likelihood("ranking").log_prob(Latent(scores, 0 * scores, NOISE), np.array([[2, 0], [1, -1]]))
    np.testing.assert_allclose(found[0], special.log_softmax(scores[0])[[2, 0]], atol=1e-12)
    assert found[1, 0] == pytest.approx(-np.log(3))
    assert np.isfinite(found).all()


@given(st.floats(1e-3, 1e6))
def test_log_gamma(x: float) -> None:
    """Stirling's series is SciPy's function."""
    assert _log_gamma(np.array([x]))[0] == pytest.approx(special.gammaln(x), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_curvature_is_positive(name: str) -> None:
    """Every observation narrows the belief, never widens it."""
    eta = np.stack([ETA, ETA - 1, ETA - 2], axis=1) if name in ("categorical", "ordinal") else ETA[:, None]
    curvature = likelihood(name).curvature(eta, np.ones(6), NOISE)
    assert curvature.shape == (6,)
    assert (curvature > 0).all()


def test_large_latents_do_not_overflow() -> None:
    """Softmaxes of latents in the thousands are as exact as of small ones."""
    eta = np.array([[2000.0, 1999.0, 0.5], [-2000.0, -2001.0, -4000.0]], np.float32)
    small = np.array([[1.0, 0.0, -9e3], [1.0, 0.0, -9e3]])
    y = np.array([1.0, 0.0])
    found = Categorical().log_prob(Latent(eta, 0 * eta, NOISE), y)
    np.testing.assert_allclose(found, Categorical().log_prob(Latent(small, 0 * small, NOISE), y), atol=1e-3)
    np.testing.assert_allclose(
        Categorical().gradient(eta, y, NOISE), Categorical().gradient(small, y, NOISE), atol=1e-5
    )
    ranked = likelihood("ranking").log_prob(Latent(eta, 0 * eta, NOISE), np.array([[1], [0]]))
    np.testing.assert_allclose(ranked[:, 0], found, atol=1e-3)


def test_unknown_name() -> None:
    """A misspelt likelihood is answered with the nearest one."""
    with pytest.raises(NotFound, match="did you mean bernoulli"):
        likelihood("bernouli")
