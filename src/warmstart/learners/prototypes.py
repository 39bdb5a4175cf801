"""`Prototypes`: a class is the mean of its support rows in a learned space; new rows go to the nearest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from warmstart.learners._objectives import surprise
from warmstart.learners._ranges import at_least
from warmstart.learners._softmax import log_softmax
from warmstart.learners.contract import Params
from warmstart.learners.networks import inputs, inputs_init, inputs_width, perceptron, perceptron_init, relu
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["Prototypes", "Sums"]

_NEVER = -1e9  # score of a class that is not there


class Sums(NamedTuple):
    """All that is kept of a support."""

    sums: Array
    """float32[classes, features]"""
    counts: Array
    """float32[classes]"""
    bias: Array
    """float32[classes]: what the descriptor says"""


@dataclass(frozen=True)
class Prototypes:
    """Prototypical network (Snell, Swersky, Zemel 2017): softmax over minus squared distances, with a learned scale.

    A class's mean is shrunk towards a prototype that all tasks share, which alone answers without support rows; how
    often the support shows a class counts as much as training finds useful. `unknown` says how likely a row belongs to
    no class of the support: training plays classes that the support lacks as unknown ones.
    """

    features: int = 64
    """Of the space in which distances are taken, >= 1."""
    hidden: tuple[int, ...] = (64,)
    """Units of each layer on the way there."""

    name: ClassVar[str] = "prototypes"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli", "categorical"})
    streaming: ClassVar[frozenset[str]] = likelihoods

    def __post_init__(self) -> None:
        at_least(self, features=1)

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """A random space; shared prototypes at its centre, worth one row."""
        classes, told = _classes(spec), inputs_width(spec.descriptor)
        width = inputs_width(spec.row, spec.items)
        return {
            "row": inputs_init(rng, spec.row, spec.items),
            "descriptor": inputs_init(rng, spec.descriptor),
            "layers": perceptron_init(rng, (width, *self.hidden, self.features)),
            "shared": (0.1 * rng.normal(size=(classes, self.features))).astype(np.float32),
            "told": np.zeros((told, classes), np.float32),
            "bias": np.zeros(classes, np.float32),
            "balance": np.float32(0.0),
            "log_strength": np.float32(0.0),
            "log_scale": np.float32(-math.log(self.features)),
            "background": np.float32(-1.0),
        }

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """As trained."""
        return params

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """float32[rows, features]"""
        return perceptron(params["layers"], inputs(params["row"], rows, item), last=True, bend=relu)

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Sums:
        """Sums and counts of each class."""
        bias = params["bias"] + inputs(params["descriptor"], descriptor) @ params["told"]
        return Sums(*_sums(spec, support), bias)

    def update(self, spec: Spec, params: Params, state: Sums, support: Support) -> Sums:
        """Running sums: the same as adapting to all rows at once."""
        sums, counts = _sums(spec, support)
        return Sums(state.sums + sums, state.counts + counts, state.bias)

    def predict(self, spec: Spec, params: Params, state: Sums, query: Query) -> Latent:
        """Scores of the classes; of two, the second's minus the first's."""
        eta = _distance_scores(params, state, query.x) + _prior_scores(params, state)
        if spec.likelihood == "bernoulli":
            eta = eta[:, 1] - eta[:, 0] + query.offset
        return Latent(eta, 0 * eta, 0 * eta)

    def unknown(self, spec: Spec, params: Params, state: Sums, query: Query) -> Array:
        """float32[query]: probability that a row is of no class that the support shows."""
        log_p = _open_log_probabilities(params, state, query.x)
        return log_p.__array_namespace__().exp(log_p[:, -1])

    def objective(
        self, spec: Spec, params: Params, descriptor: Rows, support: Support, query: Query, y: Array, mask: Array
    ) -> Array:
        """−log p(query | support), and −log p where a class that the support lacks counts as unknown."""
        state = self.adapt(spec, params, descriptor, support)
        closed = surprise(spec, self.predict(spec, params, state, query), y, mask)
        xp = y.__array_namespace__()
        hot = (y[:, None] == xp.arange(_classes(spec))) * (state.counts > 0)
        truth = xp.concatenate([hot, 1.0 - xp.sum(hot, axis=1, keepdims=True)], axis=1)
        missed = -xp.sum(truth * _open_log_probabilities(params, state, query.x), axis=1)
        shown = (xp.sum(state.counts) > 0) * mask
        return closed + xp.sum(missed * shown) / xp.maximum(xp.sum(mask), 1e-9)


def _classes(spec: Spec) -> int:
    return max(spec.classes, 2)


def _sums(spec: Spec, support: Support) -> tuple[Array, Array]:
    """float32[classes, features], float32[classes]: sum and number of the rows of each class, by one product."""
    xp = support.y.__array_namespace__()
    hot = (support.y[:, None] == xp.arange(_classes(spec))) * support.weight[:, None]
    return hot.T @ support.x, xp.sum(hot, axis=0)


def _distance_scores(params: Params, state: Sums, z: Array) -> Array:
    """float32[query, classes]: minus scaled squared distances to the shrunk means, up to what a row has in common."""
    xp = z.__array_namespace__()
    strength = xp.exp(params["log_strength"])
    means = (state.sums + strength * params["shared"]) / (state.counts + strength)[:, None]
    return xp.exp(params["log_scale"]) * (2 * z @ means.T - xp.sum(means**2, axis=1))


def _prior_scores(params: Params, state: Sums) -> Array:
    """float32[classes]: what the descriptor and the balance of the support say."""
    xp = state.counts.__array_namespace__()
    share = (state.counts + 1) / (xp.sum(state.counts) + len(state.counts))
    return state.bias + params["balance"] * xp.log(share * len(state.counts))


def _open_log_probabilities(params: Params, state: Sums, z: Array) -> Array:
    """float32[query, classes + 1]: of the classes of the support and, last, of none of them."""
    xp = z.__array_namespace__()
    near = _distance_scores(params, state, z) - xp.exp(params["log_scale"]) * xp.sum(z**2, axis=1, keepdims=True)
    near = xp.where(state.counts > 0, near, _NEVER)
    return log_softmax(xp.concatenate([near, 0 * near[:, :1] + params["background"]], axis=1))
