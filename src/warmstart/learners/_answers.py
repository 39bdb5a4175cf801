"""How a network's outputs become a belief: of a number also its variance, of anything else the latent values."""

from __future__ import annotations

import math

import numpy as np

from warmstart.learners.likelihoods import belief, likelihood, outputs
from warmstart.learners.ordinal import falling
from warmstart.types import Array, Latent, Spec

__all__ = ["answer", "answer_width", "noise_init"]

_LOG_VARIANCE = 6.0  # a log variance stays within this distance of 0
_LEAST_VARIANCE = 1e-4


def answer_width(spec: Spec) -> int:
    """Outputs a network needs for each row."""
    if spec.likelihood == "ordinal":
        return spec.classes - 1
    return 2 if spec.likelihood == "gaussian" else outputs(spec)


def noise_init(spec: Spec) -> dict[str, np.ndarray]:
    """The likelihood's own parameter, where the network does not give it for each row."""
    start = likelihood(spec.likelihood).initial_noise
    if spec.likelihood == "gaussian" or not start:
        return {}
    return {"log_noise": np.asarray(math.log(start), np.float32)}


def answer(spec: Spec, log_noise: Array | None, out: Array, offset: Array) -> Latent:
    """The belief about rows of which a network says `out` [rows, answer_width] on top of `offset` [rows]."""
    xp = out.__array_namespace__()
    if spec.likelihood == "gaussian":
        variance = xp.exp(_LOG_VARIANCE * xp.tanh(out[:, 1] / _LOG_VARIANCE)) + _LEAST_VARIANCE
        return Latent(out[:, 0] + offset, 0 * out[:, 0], variance)
    eta = (falling(out) if spec.likelihood == "ordinal" else out) + offset[:, None]
    noise = 0 * eta if log_noise is None else 0 * eta + xp.exp(log_noise)
    return belief(spec, Latent(eta, 0 * eta, noise))
