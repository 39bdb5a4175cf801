"""`NeuralProcess`: a set encoder reads the support, a decoder answers; nothing is optimised when a task is new."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Params
from warmstart.learners.likelihoods import LIKELIHOODS, likelihood, outputs
from warmstart.learners.networks import inputs, inputs_init, inputs_width, perceptron_init, relu
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["Heard", "NeuralProcess"]

_LOG_VARIANCE = 6.0  # the decoder's log variance stays within this distance of 0


class Heard(NamedTuple):
    """What the support has told."""

    told: Array
    """float32[inputs of the descriptor]"""
    keys: Array
    """float32[support, features]: what rows are asked by; none where the support is pooled"""
    values: Array
    """float32[support, features], or, pooled, float32[1, features]"""
    filled: Array
    """float32[support]: 0 marks padding"""


@dataclass(frozen=True)
class NeuralProcess:
    """Conditional neural process (Garnelo et al. 2018), or, `attentive`, with attention from query to support rows.

    Pooled: the mean of what the encoder makes of each support row beside one learned row that stands for no support.
    Attentive: each query row weighs support rows (and that learned one) by dot products in `heads` parts (Kim et al.
    2019). Of a number the decoder also gives the variance.
    """

    features: int = 64
    """Of an encoded row, >= 1."""
    hidden: tuple[int, ...] = (64,)
    """Units of encoder and decoder."""
    attentive: bool = False
    heads: int = 4
    """Parts of the attention, >= 1; they divide `features`."""

    name: ClassVar[str] = "neural_process"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS) - {"ranking"}

    def __post_init__(self) -> None:
        at_least(self, features=1, heads=1)
        if self.attentive and self.features % self.heads:
            raise UsageError(f"neural_process.heads: expected a divisor of {self.features}; got {self.heads}")

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """Random networks."""
        row, told = inputs_width(spec.row, spec.items), inputs_width(spec.descriptor)
        answers = 2 if spec.likelihood == "gaussian" else outputs(spec)
        wide = row + told
        params: dict[str, Any] = {
            "row": inputs_init(rng, spec.row, spec.items),
            "descriptor": inputs_init(rng, spec.descriptor),
            "encoder": perceptron_init(rng, (wide + _target_width(spec), *self.hidden, self.features)),
            "decoder": perceptron_init(rng, (wide + self.features, *self.hidden, answers)),
            "empty": np.zeros((1, self.features), np.float32),
            "log_noise": np.float32(math.log(max(likelihood(spec.likelihood).initial_noise, 1e-3))),
        }
        if self.attentive:
            params["key"] = perceptron_init(rng, (row, self.features))
            params["empty_key"] = np.zeros((1, self.features), np.float32)
        return params

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """As trained."""
        return params

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """float32[rows, inputs]"""
        return inputs(params["row"], rows, item)

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Heard:
        """What the encoder makes of every support row; pooled into one, or kept with keys."""
        told, x = inputs(params["descriptor"], descriptor), support.x
        xp = x.__array_namespace__()
        encoded = _layers(params["encoder"], (x, _target(spec, support)), told)
        filled = support.weight
        if self.attentive:
            return Heard(told, x @ params["key"]["0"]["w"].T + params["key"]["0"]["b"], encoded, filled)
        pooled = (params["empty"] + filled[None, :] @ encoded) / (1 + xp.sum(filled))
        return Heard(told, x[:0, :1], pooled, filled[:0])

    def predict(self, spec: Spec, params: Params, state: Heard, query: Query) -> Latent:
        """What the decoder says of each query row and what it heard."""
        x = query.x
        xp = x.__array_namespace__()
        if self.attentive:
            out = _layers(params["decoder"], (x, self._attend(params, state, x)), state.told)
        else:
            out = _layers(params["decoder"], (x,), xp.concatenate([state.told, state.values[0]]))
        if spec.likelihood == "gaussian":
            log_variance = _LOG_VARIANCE * xp.tanh(out[:, 1] / _LOG_VARIANCE)
            return Latent(out[:, 0] + query.offset, 0 * out[:, 0], xp.exp(log_variance) + 1e-4)
        eta = out + query.offset[:, None]
        latent = Latent(eta, 0 * eta, 0 * eta + xp.exp(params["log_noise"]))
        return latent if spec.likelihood == "categorical" else Latent(*(part[:, 0] for part in latent))

    def _attend(self, params: Params, state: Heard, x: Array) -> Array:
        """float32[query, features]: means of support values, weighed for each query row and head."""
        xp = x.__array_namespace__()
        asked = x @ params["key"]["0"]["w"].T + params["key"]["0"]["b"]
        keys = xp.concatenate([params["empty_key"], state.keys])
        values = xp.concatenate([params["empty"], state.values])
        weight = xp.concatenate([xp.ones_like(params["empty"][0, :1]), state.filled])
        wide = self.features // self.heads
        found = []
        for head in range(self.heads):
            part = slice(head * wide, (head + 1) * wide)
            score = asked[:, part] @ keys[:, part].T / math.sqrt(wide)
            odds = xp.exp(score - xp.max(score, axis=1, keepdims=True)) * weight
            found.append((odds @ values[:, part]) / xp.sum(odds, axis=1, keepdims=True))
        return xp.concatenate(found, axis=1)


def _target_width(spec: Spec) -> int:
    return 1 if spec.likelihood == "gaussian" else outputs(spec) + 1


def _target(spec: Spec, support: Support) -> Array:
    """float32[support, columns]: how the encoder is told a target, and what a base model had said of it."""
    y, offset = support.y[:, None], support.offset[:, None]
    xp = y.__array_namespace__()
    if spec.likelihood == "gaussian":
        return y - offset
    if spec.likelihood == "categorical":
        y = (y == xp.arange(spec.classes)) * 1.0
    elif spec.likelihood == "negative_binomial":
        y = xp.log1p(y)
    return xp.concatenate([y, offset], axis=1)


def _layers(layers: Mapping[str, Any], parts: tuple[Array, ...], common: Array) -> Array:
    """A perceptron over rows [rows, …] side by side with what they have in common, which is multiplied but once."""
    first, start = layers["0"], 0
    shared = sum(part.shape[1] for part in parts)
    out = common @ first["w"][:, shared:].T + first["b"]
    for part in parts:
        out = out + part @ first["w"][:, start : start + part.shape[1]].T
        start += part.shape[1]
    for i in range(1, len(layers)):
        out = relu(out) @ layers[str(i)]["w"].T + layers[str(i)]["b"]
    return out
