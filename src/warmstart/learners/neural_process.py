"""`NeuralProcess`: a set encoder reads the support, a decoder answers; nothing is optimised when a task is new."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._answers import answer, answer_width, noise_init
from warmstart.learners._ranges import at_least
from warmstart.learners._softmax import shares
from warmstart.learners._told_targets import told_target, told_target_width
from warmstart.learners.contract import Params
from warmstart.learners.likelihoods import LIKELIHOODS
from warmstart.learners.networks import inputs, inputs_init, inputs_width, perceptron, perceptron_init, side_by_side
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["Heard", "NeuralProcess"]


class Heard(NamedTuple):
    """What the support has told."""

    told: Array
    """float32[inputs of the descriptor]"""
    keys: Array
    """float32[support, features]: what rows are asked by; none where the support is pooled"""
    values: Array
    """float32[support, features], or, pooled, float32[1, features]"""
    weight: Array
    """float32[support]: how often a row counts; 0 marks padding; none where the support is pooled"""


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
        """Random networks; the learned row says nothing at first."""
        row, told = inputs_width(spec.row, spec.items), inputs_width(spec.descriptor)
        wide = row + told
        params: dict[str, Any] = {
            "row": inputs_init(rng, spec.row, spec.items),
            "descriptor": inputs_init(rng, spec.descriptor),
            "encoder": perceptron_init(rng, (wide + told_target_width(spec), *self.hidden, self.features)),
            "decoder": perceptron_init(rng, (wide + self.features, *self.hidden, answer_width(spec))),
            "empty": np.zeros((1, self.features), np.float32),
            **noise_init(spec),
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
        told, x, weight = inputs(params["descriptor"], descriptor), support.x, support.weight
        encoded = side_by_side(params["encoder"], (x, told_target(spec, support)), told)
        if self.attentive:
            return Heard(told, perceptron(params["key"], x, last=True), encoded, weight)
        pooled = (params["empty"] + weight[None, :] @ encoded) / (1 + weight.__array_namespace__().sum(weight))
        return Heard(told, encoded[:0], pooled, weight[:0])

    def predict(self, spec: Spec, params: Params, state: Heard, query: Query) -> Latent:
        """What the decoder says of each query row and what it heard."""
        x = query.x
        xp = x.__array_namespace__()
        if self.attentive:
            out = side_by_side(params["decoder"], (x, self._attend(params, state, x)), state.told)
        else:
            out = side_by_side(params["decoder"], (x,), xp.concatenate([state.values[0], state.told]))
        return answer(spec, params.get("log_noise"), out, query.offset)

    def _attend(self, params: Params, state: Heard, x: Array) -> Array:
        """float32[query, features]: means of support values, weighed for each query row and head."""
        xp = x.__array_namespace__()
        asked = perceptron(params["key"], x, last=True)
        keys = xp.concatenate([params["empty_key"], state.keys])
        values = xp.concatenate([params["empty"], state.values])
        weight = xp.concatenate([xp.ones_like(state.weight, shape=(1,)), state.weight])
        found = []
        for head in range(self.heads):
            part = slice(head * self.features // self.heads, (head + 1) * self.features // self.heads)
            score = asked[:, part] @ keys[:, part].T / math.sqrt(self.features // self.heads)
            found.append(shares(score, weight) @ values[:, part])
        return xp.concatenate(found, axis=1)
