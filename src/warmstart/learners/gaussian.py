"""Exact conditioning of a Gaussian belief on noisy linear observations: the algebra under every closed-form head."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

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
    left = xp.sum(cross * asked, axis=-1) - xp.sum((gain @ _inverse(known @ phi.T + xp.diag(noise))) * gain, axis=-1)
    return xp.maximum(left, 0.0)


def _by_rows(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    cross = _times(phi, covariance)
    inverse = _inverse(cross @ phi.T + xp.diag(noise))
    whole = covariance if covariance.ndim > 1 else xp.diag(covariance)
    # Mean and covariance apart: whoever asks for the mean alone pays for that alone once it is compiled.
    return mean + cross.T @ (inverse @ (y - phi @ mean)), whole - cross.T @ (inverse @ cross)


def _by_features(mean: Array, covariance: Array, phi: Array, y: Array, noise: Array) -> tuple[Array, Array]:
    xp = phi.__array_namespace__()
    weighed = phi.T / noise
    prior = _inverse(covariance) if covariance.ndim > 1 else xp.diag(1 / covariance)
    posterior = _inverse(prior + weighed @ phi)
    return posterior @ (prior @ mean + weighed @ y), posterior


def _times(phi: Array, covariance: Array) -> Array:
    return phi @ covariance if covariance.ndim > 1 else phi * covariance


def _inverse(matrix: Array) -> Array:
    """Of a symmetric positive definite matrix; its derivative is two products instead of further solves."""
    return np.linalg.inv(matrix) if isinstance(matrix, np.ndarray) else _traced_inverse()(matrix)


@cache
def _traced_inverse() -> Callable[[Array], Array]:
    import jax

    @jax.custom_jvp
    def inverse(matrix: Array) -> Array:
        lower = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
        eye = jax.numpy.eye(matrix.shape[-1], dtype=matrix.dtype)
        half = jax.lax.linalg.triangular_solve(lower, eye, left_side=True, lower=True)
        return half.T @ half

    @inverse.defjvp
    def rule(at: tuple[Array], by: tuple[Array]) -> tuple[Array, Array]:
        found = inverse(at[0])
        return found, -found @ by[0] @ found

    return inverse
