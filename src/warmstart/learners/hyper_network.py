"""`HyperNetwork`: one network reads descriptor and support and writes the parameters of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._answers import answer, answer_width, noise_init
from warmstart.learners._ranges import at_least
from warmstart.learners._told_targets import told_target, told_target_width
from warmstart.learners.contract import Params
from warmstart.learners.likelihoods import LIKELIHOODS
from warmstart.learners.networks import (
    inputs,
    inputs_init,
    inputs_width,
    perceptron,
    perceptron_init,
    relu,
    side_by_side,
)
from warmstart.learners.sequences import SEQUENCES, sequence, sequence_init
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["Emitted", "HyperNetwork"]

_ENCODERS = ("set", *SEQUENCES)


class Emitted(NamedTuple):
    """The linear head that was written for a task."""

    w: Array
    """float32[outputs, features]"""
    b: Array
    """float32[outputs]"""


@dataclass(frozen=True)
class HyperNetwork:
    """Hypernetwork (Ha, Dai, Le 2017) that writes a task's linear head over a learned embedding of rows.

    What it writes is added to a head that all tasks share, at first nothing. It reads the descriptor and a summary of
    the support: the mean of what an encoder makes of each row and of one learned row ("set"), or the last state of a
    network that reads rows oldest first ("gru", "lstm", "attention"), for which a row counts once whatever its weight.
    Of a number the head also gives the variance.
    """

    features: int = 32
    """Of an embedded row, of an encoded one, and of the summary, >= 1."""
    hidden: tuple[int, ...] = (64,)
    """Units of each hidden layer of embedding, set encoder and hypernetwork."""
    encoder: Literal["set", "gru", "lstm", "attention"] = "set"
    heads: int = 4
    """Parts of the attention, >= 1; they divide `features`."""

    name: ClassVar[str] = "hyper_network"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS) - {"ranking"}

    def __post_init__(self) -> None:
        at_least(self, features=1, heads=1)
        if self.encoder not in _ENCODERS:
            raise UsageError(f"hyper_network.encoder: expected one of {_ENCODERS}; got {self.encoder!r}")
        if self.encoder == "attention" and self.features % self.heads:
            raise UsageError(f"hyper_network.heads: expected a divisor of {self.features}; got {self.heads}")

    @property
    def ordered(self) -> bool:
        """Whether the answer depends on the order of the support: rows must come oldest first."""
        return self.encoder != "set"

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """Random networks; the last layer of the hypernetwork is 0, so that all tasks start with the shared head."""
        told, outputs = inputs_width(spec.descriptor), answer_width(spec)
        hyper = perceptron_init(rng, (self.features + told, *self.hidden, outputs * (self.features + 1)))
        last = str(len(self.hidden))
        return {
            "row": inputs_init(rng, spec.row, spec.items),
            "descriptor": inputs_init(rng, spec.descriptor),
            "layers": perceptron_init(rng, (inputs_width(spec.row, spec.items), *self.hidden, self.features)),
            "encoder": self._encoder_init(rng, self.features + told_target_width(spec), told),
            "hyper": hyper | {last: {name: 0 * leaf for name, leaf in hyper[last].items()}},
            "shared": perceptron_init(rng, (self.features, outputs)),
            **noise_init(spec),
        }

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """As trained."""
        return params

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """float32[rows, features]"""
        return perceptron(params["layers"], inputs(params["row"], rows, item), bend=relu)

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Emitted:
        """The shared head and what the hypernetwork adds to it."""
        told = inputs(params["descriptor"], descriptor)
        xp = told.__array_namespace__()
        read = xp.concatenate([self._summary(spec, params, told, support), told])
        written = perceptron(params["hyper"], read, last=True, bend=relu).reshape(answer_width(spec), -1)
        shared = params["shared"]["0"]
        return Emitted(shared["w"] + written[:, 1:], shared["b"] + written[:, 0])

    def predict(self, spec: Spec, params: Params, state: Emitted, query: Query) -> Latent:
        """The written head over embedded rows."""
        return answer(spec, params.get("log_noise"), query.x @ state.w.T + state.b, query.offset)

    def _encoder_init(self, rng: np.random.Generator, width: int, told: int) -> dict[str, Any]:
        if self.ordered:
            return sequence_init(rng, self.encoder, width, self.features, heads=self.heads)
        layers = perceptron_init(rng, (width + told, *self.hidden, self.features))
        return {"layers": layers, "empty": np.zeros(self.features, np.float32)}

    def _summary(self, spec: Spec, params: Params, told: Array, support: Support) -> Array:
        """float32[features]: of embedded support rows and their targets; of a set also as the descriptor sees them."""
        encoder, weight, target = params["encoder"], support.weight, told_target(spec, support)
        xp = weight.__array_namespace__()
        if self.ordered:
            rows = xp.concatenate([support.x, target], axis=1)
            return sequence(self.encoder, encoder, rows, weight)[1]
        encoded = side_by_side(encoder["layers"], (support.x, target), told)
        return (encoder["empty"] + weight @ encoded) / (1 + xp.sum(weight))
