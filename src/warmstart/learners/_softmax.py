"""Softmax over the last axis, safe against overflow and with a gradient that is always defined."""

from __future__ import annotations

from warmstart.types import Array

__all__ = ["ceiling", "log_softmax", "shares", "softmax"]

_NEVER = -1e9  # score of what must not count


def softmax(eta: Array) -> Array:
    """Probabilities [..., classes]."""
    xp = eta.__array_namespace__()
    odds = xp.exp(eta - ceiling(eta))
    return odds / xp.sum(odds, axis=-1, keepdims=True)


def log_softmax(eta: Array) -> Array:
    """log probabilities [..., classes]."""
    xp = eta.__array_namespace__()
    below = eta - ceiling(eta)
    return below - xp.log(xp.sum(xp.exp(below), axis=-1, keepdims=True))


def shares(eta: Array, weight: Array) -> Array:
    """Softmax [..., rows] where each row counts `weight` times (0 or more; one of each list above 0)."""
    xp = eta.__array_namespace__()
    eta = xp.where(weight > 0, eta, _NEVER)
    odds = xp.exp(eta - ceiling(eta)) * weight
    return odds / xp.sum(odds, axis=-1, keepdims=True)


def ceiling(eta: Array) -> Array:
    """The next whole number above the largest latent [..., 1], against overflow.

    No gradient flows through `ceil`; that of `max` is 0 / 0 where a compiler computes the operand twice, with other
    rounding.
    """
    xp = eta.__array_namespace__()
    return xp.ceil(xp.max(eta, axis=-1, keepdims=True))
