"""Likelihoods: how a latent value becomes a distribution over the target; one small axis that all learners share.

A likelihood gives the gradient and curvature of log p(y | latent), from which a closed-form head makes its Newton
steps, and the log density of y under a Gaussian belief about the latent, which is what meta-training maximises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from warmstart.errors import NotFound
from warmstart.learners._softmax import ceiling, log_softmax, softmax
from warmstart.learners.ordinal import Ordinal
from warmstart.types import Array, Latent, Spec

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "Categorical",
    "Gaussian",
    "Likelihood",
    "NegativeBinomial",
    "Ranking",
    "belief",
    "likelihood",
    "outputs",
]

_LOG_2PI = 1.8378770664093453
_WIDE = ("categorical", "ordinal")
_LONGEST_STEP = 2.0  # of the logarithm of a rate
_PROBIT = 0.39269908169872414  # pi / 8: MacKay 1992, the logistic averaged over a Gaussian


class Likelihood(Protocol):
    """One family of distributions over y, on its own link scale."""

    @property
    def newton_steps(self) -> int:
        """Steps to the mode of the posterior; 1 where the posterior is Gaussian and one step is exact."""

    @property
    def initial_noise(self) -> float:
        """Where the learned `noise` starts."""

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """[rows, outputs]: of log p(y [rows] | eta [rows, outputs]); of ordered classes `eta` is [rows, cuts]."""

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """[rows]: a bound of minus the second derivative."""

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """log p(y) [...] under a belief [...] (or [..., classes], [..., cuts]) about the latent."""


@dataclass(frozen=True)
class Gaussian:
    """y = latent + noise; the only family whose posterior is exact in one step."""

    newton_steps: int = 1
    initial_noise: float = 0.25

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """Residual over noise."""
        return (y[:, None] - eta) / noise

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """One over noise."""
        return 0 * y + 1 / noise

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """Normal density with epistemic and noise variance added."""
        xp = latent.mean.__array_namespace__()
        variance = latent.variance + latent.noise
        return -0.5 * (_LOG_2PI + xp.log(variance) + (y - latent.mean) ** 2 / variance)


@dataclass(frozen=True)
class Bernoulli:
    """y in {0, 1}, logistic link; curvature by the bound of Jaakkola and Jordan (2000), so every step climbs."""

    newton_steps: int = 8
    initial_noise: float = 0.0

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """y - p."""
        return y[:, None] - _sigmoid(eta)

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """tanh(eta / 2) / (2 eta)."""
        xp = eta.__array_namespace__()
        half = xp.maximum(xp.abs(eta[:, 0]) / 2, 1e-3)
        return xp.tanh(half) / (4 * half)

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """Logistic averaged over the belief (MacKay 1992)."""
        xp = latent.mean.__array_namespace__()
        eta = latent.mean / xp.sqrt(1 + _PROBIT * latent.variance)
        return y * eta - xp.logaddexp(xp.zeros_like(eta), eta)


@dataclass(frozen=True)
class Categorical:
    """y in 0 … classes - 1, softmax link; curvature by the bound of Böhning (1992), shared by all classes."""

    newton_steps: int = 12
    initial_noise: float = 0.0

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """One-hot(y) - p."""
        xp = eta.__array_namespace__()
        hot = (y[:, None] == xp.arange(eta.shape[-1])) * 1.0
        return hot - softmax(eta)

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """One half."""
        return 0 * y + 0.5

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """Softmax of the moderated latent."""
        xp = latent.mean.__array_namespace__()
        eta = latent.mean / xp.sqrt(1 + _PROBIT * latent.variance)
        hot = (y[..., None] == xp.arange(eta.shape[-1])) * 1.0
        return xp.sum(hot * log_softmax(eta), axis=-1)


@dataclass(frozen=True)
class NegativeBinomial:
    """Counts with log link; `noise` is the dispersion: variance = rate + noise rate². Poisson as noise goes to 0."""

    newton_steps: int = 10
    initial_noise: float = 0.3

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """(y - rate) / (1 + noise rate)."""
        rate = _rate(eta)
        return (y[:, None] - rate) / (1 + noise * rate)

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """Fisher scoring, rate / (1 + noise rate), but where y is so far off that a step would be longer than 2.

        Such a step, from a rate of 0.1 to a count of 100, would go far past it and come back by one unit of the
        logarithm at a time. The mode stays where it is.
        """
        rate = _rate(eta[:, 0])
        xp = rate.__array_namespace__()
        return xp.maximum(rate, xp.abs(y - rate) / _LONGEST_STEP) / (1 + noise * rate) + 0.1

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """Negative binomial whose dispersion also carries the belief's variance (log-normal mixing by moments)."""
        xp = latent.mean.__array_namespace__()
        spread = xp.expm1(xp.minimum(latent.variance, 3.0))
        rate = _rate(latent.mean + xp.minimum(latent.variance, 3.0) / 2)
        size = 1 / xp.maximum(latent.noise * (1 + spread) + spread, 1e-4)
        return (
            _log_gamma(y + size)
            - _log_gamma(size)
            - _log_gamma(y + 1)
            + size * xp.log(size / (size + rate))
            + y * xp.log(rate / (size + rate))
        )


@dataclass(frozen=True)
class Ranking:
    """Chosen items against the whole catalogue: softmax over candidates; each choice is a pseudo-observation y = 1."""

    newton_steps: int = 1
    initial_noise: float = 0.3

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """As for a Gaussian: a choice pulls the latent towards 1."""
        return (y[:, None] - eta) / noise

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """One over noise."""
        return 0 * y + 1 / noise

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """log softmax(scores [..., items]) at the chosen items y [..., chosen]."""
        xp = latent.mean.__array_namespace__()
        top = ceiling(latent.mean)
        log_z = top + xp.log(xp.sum(xp.exp(latent.mean - top), axis=-1, keepdims=True))
        chosen = xp.maximum(y, 0).astype(xp.int32)
        return xp.take_along_axis(latent.mean, chosen, axis=-1) - log_z


LIKELIHOODS: Mapping[str, Likelihood] = MappingProxyType(
    {
        "gaussian": Gaussian(),
        "bernoulli": Bernoulli(),
        "categorical": Categorical(),
        "negative_binomial": NegativeBinomial(),
        "ordinal": Ordinal(),
        "ranking": Ranking(),
    }
)


def likelihood(name: str) -> Likelihood:
    """The likelihood of this name; errors: `NotFound`."""
    if name not in LIKELIHOODS:
        raise NotFound("likelihood", name, LIKELIHOODS)
    return LIKELIHOODS[name]


def outputs(spec: Spec) -> int:
    """What a learner has to say of a row: a number for each class, else one; it moves all cuts of ordered classes."""
    return spec.classes if spec.likelihood == "categorical" else 1


def belief(spec: Spec, latent: Latent) -> Latent:
    """The belief about rows [..., outputs or cuts], without its last axis where a row has one latent value."""
    return latent if spec.likelihood in _WIDE else Latent(*(part[..., 0] for part in latent))


def _sigmoid(eta: Array) -> Array:
    xp = eta.__array_namespace__()
    return 0.5 * (1 + xp.tanh(eta / 2))


def _rate(eta: Array) -> Array:
    xp = eta.__array_namespace__()
    return xp.exp(xp.clip(eta, -12.0, 12.0))


def _log_gamma(x: Array) -> Array:
    """log Γ(x), x > 0, by Stirling's series after shifting x by 6 (error < 1e-7); NumPy and JAX have no common one."""
    xp = x.__array_namespace__()
    shift = xp.log(x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5))
    z = x + 6
    series = 1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5)
    return (z - 0.5) * xp.log(z) - z + 0.5 * _LOG_2PI + series - shift
