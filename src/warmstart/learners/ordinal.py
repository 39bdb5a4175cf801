"""`Ordinal`: classes in an order, such as stars; the cumulative logit (McCullagh 1980, proportional odds).

A belief about a row is a latent for each cut between neighbouring classes: the log odds that y lies above the cut,
falling from cut to cut. A learner moves all of them by one number, or says each; whoever mixes, judges or shows a
belief need not know which, nor where the cuts lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.types import Array, Latent

__all__ = ["Ordinal", "cuts_init", "cuts_of", "falling", "odds_above", "shares_of_levels", "slopes_by_cut"]

_PROBIT = 0.39269908169872414  # pi / 8: MacKay 1992, the logistic averaged over a Gaussian
_FAR = 1e9  # log odds of the ends of the order, in place of infinity
_LEAST_GAP = 1e-6
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class Ordinal:
    """y in 0 … classes - 1; `eta` [rows, cuts] are the log odds that y is above each cut, moved by one latent.

    With a and b the log odds at the cut below and above y, log p = log(σ(a) - σ(b)). As a function of the latent this
    is a straight line less two logistic terms, so the bound of Jaakkola and Jordan (2000) holds for it, cut by cut.
    """

    newton_steps: int = 8
    initial_noise: float = 0.0

    def gradient(self, eta: Array, y: Array, noise: Array) -> Array:
        """[rows, 1]: by the one latent, 1 - σ(a) - σ(b)."""
        below, above = _beside(eta, y)
        return (1 - _sigmoid(below) - _sigmoid(above))[:, None]

    def curvature(self, eta: Array, y: Array, noise: Array) -> Array:
        """tanh(a / 2) / (2 a), and the same of b."""
        below, above = _beside(eta, y)
        return _bound(below) + _bound(above)

    def log_prob(self, latent: Latent, y: Array) -> Array:
        """Of the log odds averaged over the belief: log σ(a) + log σ(-b) + log(1 - exp(b - a))."""
        xp = latent.mean.__array_namespace__()
        below, above = _beside(latent.mean / xp.sqrt(1 + _PROBIT * latent.variance), y)
        nothing = xp.zeros_like(below)
        gap = xp.maximum(below - above, _LEAST_GAP)
        return xp.log(-xp.expm1(-gap)) - xp.logaddexp(nothing, -below) - xp.logaddexp(nothing, above)


def odds_above(share: Array) -> Array:
    """Log odds [..., cuts] that y lies above each cut, from the shares [..., classes] of the classes."""
    xp = share.__array_namespace__()
    share = xp.maximum(share, _LEAST_SHARE)
    below = xp.cumsum(share, axis=-1)[..., :-1]
    above = xp.cumsum(share[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    return xp.log(above) - xp.log(below)


def shares_of_levels(eta: Array) -> Array:
    """The inverse of `odds_above`: probabilities [..., classes], each 1e-9 or more before they are made to sum to 1."""
    xp = eta.__array_namespace__()
    above = _sigmoid(eta)
    one = xp.ones_like(above[..., :1])
    edges = xp.concatenate([one, above, 0 * one], axis=-1)
    share = xp.maximum(edges[..., :-1] - edges[..., 1:], _LEAST_SHARE)
    return share / xp.sum(share, axis=-1, keepdims=True)


def slopes_by_cut(eta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float64[rows, cuts]: the derivative of log p(y) by the log odds at each cut; 0 but at the two beside y."""
    below, above = _beside(eta, y)
    apart = 1 / np.expm1(np.clip(below - above, _LEAST_GAP, 500.0))
    cut = np.arange(eta.shape[-1])
    lower, upper = cut == y[:, None] - 1, cut == y[:, None]
    slope = lower * (1 - _sigmoid(below) + apart)[:, None] - upper * (_sigmoid(above) + apart)[:, None]
    return np.asarray(slope)


def falling(free: Array) -> Array:
    """Log odds [..., cuts] that fall, from numbers [..., cuts] that are free: each after the first is a step down."""
    xp = free.__array_namespace__()
    down = xp.logaddexp(xp.zeros_like(free), free)[..., 1:]
    return xp.concatenate([free[..., :1], free[..., :1] - xp.cumsum(down, axis=-1)], axis=-1)


def cuts_init(count: np.ndarray) -> np.ndarray:
    """float32[cuts]: of what `falling` makes the log odds of rows, of which `count` [classes] are in each class."""
    odds = odds_above((count + 0.5) / (count + 0.5).sum())
    steps = np.maximum(odds[:-1] - odds[1:], _LEAST_GAP)
    return np.concatenate([odds[:1], np.log(np.expm1(steps))]).astype(np.float32)


def cuts_of(params: Mapping[str, Any]) -> Any:
    """float32[cuts]: the log odds above each cut where the rest of a learner says 0; 0 for any other target."""
    return falling(params["cuts"]) if "cuts" in params else 0.0


def _beside(eta: Array, y: Array) -> tuple[Array, Array]:
    """[...] each: the log odds at the cut below y and at the one above it."""
    xp = eta.__array_namespace__()
    end = xp.zeros_like(eta[..., :1]) + _FAR
    cuts = xp.concatenate([end, eta, -end], axis=-1)
    at = y[..., None].astype(xp.int32)
    return xp.take_along_axis(cuts, at, axis=-1)[..., 0], xp.take_along_axis(cuts, at + 1, axis=-1)[..., 0]


def _bound(eta: Array) -> Array:
    xp = eta.__array_namespace__()
    half = xp.maximum(xp.abs(eta) / 2, 1e-3)
    return xp.tanh(half) / (4 * half)


def _sigmoid(eta: Array) -> Array:
    xp = eta.__array_namespace__()
    return 0.5 * (1 + xp.tanh(eta / 2))
