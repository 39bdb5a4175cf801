"""Exact conditioning of a Gaussian belief on noisy linear observations: the algebra under every closed-form head."""

from __future__ import annotations

from warmstart.types import Array

__all__ = ["condition", "spread"]


def condition(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    """Posterior of w [features, outputs] ~ N(mean, covariance ⊗ I) after y [rows, outputs] = phi w + e.

    `covariance` is [features, features] or, where it is diagonal, [features]; `phi` is [rows, features]; `noise` [rows]
    is the variance of e. Solves a rows × rows or a features × features system, whichever is smaller. A row of zeros in
    `phi` changes nothing. Source: Rasmussen and Williams 2006, 2.1.
    """
    by_rows = phi.shape[0] <= phi.shape[1]
    return (_by_rows if by_rows else _by_features)(mean, covariance, phi, y, noise)


def spread(covariance: Array, phi: Array, noise: Array, asked: Array) -> Array:
    """Variance [query] of asked [query, features] · w after rows `phi` were seen with `noise`, as in `condition`.

    The covariance of w itself is never made: cheap where there are fewer rows than features.
    """
    xp = phi.__array_namespace__()
    known, cross = _times(phi, covariance), _times(asked, covariance)
    gain = cross @ phi.T
    left = xp.sum(cross * asked, axis=-1) - xp.sum(
        (gain @ xp.linalg.inv(known @ phi.T + xp.diag(noise))) * gain, axis=-1
    )
    return xp.maximum(left, 0.0)


def _by_rows(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    cross = _times(phi, covariance)
    inverse = xp.linalg.inv(cross @ phi.T + xp.diag(noise))
    whole = covariance if covariance.ndim > 1 else xp.diag(covariance)
    # Mean and covariance apart: whoever asks for the mean alone pays for that alone once it is compiled.
    return mean + cross.T @ (inverse @ (y - phi @ mean)), whole - cross.T @ (inverse @ cross)


def _by_features(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    weighed = phi.T / noise
    prior = xp.linalg.inv(covariance) if covariance.ndim > 1 else xp.diag(1 / covariance)
    posterior = xp.linalg.inv(prior + weighed @ phi)
    return posterior @ (prior @ mean + weighed @ y), posterior


def _times(phi: Array, covariance: Array) -> Array:
    return phi @ covariance if covariance.ndim > 1 else phi * covariance
