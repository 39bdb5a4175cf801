"""Exact conditioning of a Gaussian belief on noisy linear observations: the algebra under every closed-form head."""

from __future__ import annotations

from warmstart.types import Array

__all__ = ["condition"]


def condition(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    """Posterior of w [features, outputs] ~ N(mean, covariance ⊗ I) after y [rows, outputs] = phi w + e.

    `phi` is [rows, features]; `noise` [rows] is the variance of e. Solves a rows × rows or a features × features
    system, whichever is smaller. A row of zeros in `phi` changes nothing. Source: Rasmussen and Williams 2006, 2.1.
    """
    by_rows = phi.shape[0] <= phi.shape[1]
    return (_by_rows if by_rows else _by_features)(mean, covariance, phi, y, noise)


def _by_rows(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    cross = phi @ covariance
    gain = xp.linalg.solve(cross @ phi.T + xp.diag(noise), cross).T
    return mean + gain @ (y - phi @ mean), covariance - gain @ cross


def _by_features(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    weighed = phi.T / noise
    prior = xp.linalg.inv(covariance)
    posterior = xp.linalg.inv(prior + weighed @ phi)
    return posterior @ (prior @ mean + weighed @ y), posterior
