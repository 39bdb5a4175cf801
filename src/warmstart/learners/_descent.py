"""A perceptron over a row and its task's descriptor that learns a task by gradient steps on its support.

The functions `init`, `finish`, `embed`, `adapt` and `predict` are the methods of every gradient-based learner; these
differ in what they are trained on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from warmstart.learners._fast_weights import Fast, Layer, Loss, Rates, descend, forward, still
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Params
from warmstart.learners.likelihoods import LIKELIHOODS, belief, likelihood, outputs
from warmstart.learners.networks import inputs, inputs_init, inputs_width, perceptron_init, relu
from warmstart.learners.ordinal import cuts_init, cuts_of
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = [
    "LEGAL",
    "Descended",
    "Descending",
    "adapt",
    "check",
    "drift",
    "embed",
    "finish",
    "init",
    "predict",
    "settles",
]

LEGAL = frozenset(LIKELIHOODS) - {"ranking"}
"""What gradient-based learners predict; a perceptron of each task's own is too dear to rank a whole catalogue with."""

_SQUARED = 0.5  # noise at which the Gaussian −log p is the squared error: the inner rate keeps its meaning
_TINY = 1e-9


class Descended(NamedTuple):
    """A task after its steps."""

    told: Array
    """float32[inputs of the descriptor]"""
    rows: Array
    """float32[]: support rows"""
    fast: Fast


class _Parts(NamedTuple):
    """The perceptron as one task sees it."""

    body: tuple[Layer, ...]
    """Layers that every task shares."""
    head: tuple[Layer, ...]
    """Layers that move."""
    rates: tuple[Rates, ...]
    """Of the layers that move."""


class Descending(Protocol):
    """What the functions below need to know of a learner; they become its methods."""

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer."""

    @property
    def inner_steps(self) -> int:
        """Gradient steps on the support."""

    @property
    def inner_rate(self) -> float:
        """Size of a step."""

    @property
    def embedding(self) -> int | None:
        """Features of an embedded category."""

    @property
    def first_order(self) -> bool:
        """Whether no gradient flows through inner gradients."""

    @property
    def head_only(self) -> bool:
        """Whether only the last layer moves."""

    @property
    def rates(self) -> Literal["fixed", "one", "each"]:
        """What is learned of the step size: nothing, one factor, or one for each weight."""


def init(self: Descending, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """A random perceptron; the descriptor enters its first layer with small weights."""
    told = inputs_width(spec.descriptor, embedding=self.embedding)
    sizes = (inputs_width(spec.row, spec.items, embedding=self.embedding), *self.hidden, outputs(spec))
    layers = {i: {**layer, "w": layer["w"].T.copy()} for i, layer in perceptron_init(rng, sizes).items()}  # [in, out]
    start = math.log(max(likelihood(spec.likelihood).initial_noise, 1e-3))
    params: dict[str, Any] = {
        "row": inputs_init(rng, spec.row, spec.items, embedding=self.embedding),
        "descriptor": inputs_init(rng, spec.descriptor, embedding=self.embedding),
        "layers": layers,
        "told": (rng.normal(0, 1, (told, sizes[1])) / math.sqrt(told + sizes[0])).astype(np.float32),
        "log_noise": np.float32(start),
        "log_doubt": np.float32(-2.0),
        "log_pace": np.float32(-1.0),
        "log_rate": np.float32(0.0),
    }
    if spec.likelihood == "ordinal":
        params["cuts"] = cuts_init(stats["class_count"])
    if self.rates == "each":
        moving = layers if not self.head_only else {str(len(sizes) - 2): layers[str(len(sizes) - 2)]}
        params["log_rates"] = {i: {k: 0 * v for k, v in layer.items()} for i, layer in moving.items()}
        params |= {} if self.head_only and self.hidden else {"log_told_rates": 0 * params["told"]}
    return params


def finish(self: Descending, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
    """As trained."""
    return params


def embed(self: Descending, params: Params, rows: Rows, item: Array) -> Array:
    """float32[rows, inputs]"""
    return inputs(params["row"], rows, item)


def adapt(self: Descending, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Descended:
    """Steps on the mean loss of the support: −log p, of a number the squared error."""
    told = inputs(params["descriptor"], descriptor)
    parts, x = _parts(self, params, told), support.x
    for layer in parts.body:
        x = relu(x @ layer.w + layer.b)
    rows = support.weight.sum()
    noise = _SQUARED if spec.likelihood == "gaussian" else _noise(params)
    pull = -support.weight / (rows + _TINY)
    loss = Loss(likelihood(spec.likelihood), support.y, pull[:, None], support.offset[:, None] + cuts_of(params), noise)
    rates = parts.rates if self.rates != "one" else _safe(parts.rates, x, pull[:, None])
    fast = descend(parts.head, rates, x, loss, self.inner_steps, first_order=self.first_order)
    return Descended(told, rows, fast)


def predict(self: Descending, spec: Spec, params: Params, state: Descended, query: Query) -> Latent:
    """The moved perceptron; its variance falls with the rows of the support at a learned pace."""
    parts, x = _parts(self, params, state.told), query.x
    xp = x.__array_namespace__()
    for layer in parts.body:
        x = relu(x @ layer.w + layer.b)
    eta = forward(parts.head, state.fast, x) + query.offset[:, None] + cuts_of(params)
    doubt = xp.exp(params["log_doubt"]) / (1 + state.rows * xp.exp(params["log_pace"]))
    return belief(spec, Latent(eta, 0 * eta + doubt, 0 * eta + _noise(params)))


def settles(self: Descending, spec: Spec) -> tuple[str, ...]:
    """How far a step goes, and how sure the learner is."""
    return "log_rate", "log_noise" if likelihood(spec.likelihood).initial_noise else "log_doubt"


def drift(self: Descending, params: Params, state: Descended) -> dict[str, Any]:
    """Weights before minus weights after the steps, as {"layers", "told"} of the parameters; for fixed rates."""
    parts, fast = _parts(self, params, state.told), state.fast
    xp = state.told.__array_namespace__()
    moved = [Layer(old.w - new.w, old.b - new.b) for old, new in _pairs(parts.head, fast.formed)]
    if len(moved) < len(parts.head):
        moved.insert(0, Layer(fast.x.T @ fast.pull, fast.bias_pull))
    shared = len(parts.body)
    found = {str(shared + i): {"w": layer.w, "b": layer.b} for i, layer in enumerate(moved)}
    if shared:
        return {"layers": found}
    own = found["0"]["b"] / (1 + xp.sum(state.told**2))  # the rest of that bias is the descriptor's
    return {"layers": found | {"0": {"w": moved[0].w, "b": own}}, "told": state.told[:, None] * own}


def _parts(self: Descending, params: Params, told: Array) -> _Parts:
    """The descriptor is the same for every row of a task, so its inputs are part of the first layer's bias."""
    depth = len(self.hidden) + 1
    layers = [Layer(layer["w"], layer["b"]) for layer in (params["layers"][str(i)] for i in range(depth))]
    rates = [_rates(self, params, i) for i in range(depth)]
    layers[0] = Layer(layers[0].w, layers[0].b + told @ params["told"])
    rates[0] = Rates(rates[0].w, rates[0].b + _told_rate(self, params, told))
    shared = depth - 1 if self.head_only else 0
    return _Parts(tuple(layers[:shared]), tuple(layers[shared:]), tuple(rates[shared:]))


def _rates(self: Descending, params: Params, layer: int) -> Rates:
    learned, one = params.get("log_rates", {}).get(str(layer)), _one_rate(self, params)
    if learned is not None:
        xp = learned["w"].__array_namespace__()
        return Rates(one * xp.exp(learned["w"]), one * xp.exp(learned["b"]))
    return Rates(one, one)


def _one_rate(self: Descending, params: Params) -> Any:
    """The same rate for every weight; where its factor is learned, at most 1.

    Elsewhere no gradient moves the factor, and no step is longer than those that were trained: `settled` shortens them.
    """
    log_rate = params.get("log_rate")
    if log_rate is None:  # of a model that was saved before there was one
        return self.inner_rate
    xp = log_rate.__array_namespace__()
    if self.rates != "one":
        return self.inner_rate * xp.exp(xp.minimum(still(log_rate), 0.0))
    return xp.minimum(self.inner_rate * xp.exp(log_rate), 1.0)


def _safe(rates: tuple[Rates, ...], x: Array, pull: Array) -> tuple[Rates, ...]:
    """Rates as parts of the largest at which a linear model of the rows `x` cannot overshoot: 1 / (1 + mean |x|²)."""
    xp = x.__array_namespace__()
    limit = still(1 / (1 - xp.sum(x**2 * pull)))
    return tuple(Rates(layer.w * limit, layer.b * limit) for layer in rates)


def _told_rate(self: Descending, params: Params, told: Array) -> Array:
    """What a step on the descriptor's weights does to the first layer's output, as a rate of its bias."""
    xp = told.__array_namespace__()
    square = told * (still(told) if self.first_order else told)
    learned, one = params.get("log_told_rates"), _one_rate(self, params)
    if learned is None:
        return one * square.sum()
    return one * (square @ xp.exp(learned))


def _pairs(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> Iterable[tuple[Layer, Layer]]:
    """Layers that were formed, before and after: all, or all but the first."""
    return zip(before[len(before) - len(after) :], after, strict=True)


def _noise(params: Params) -> Array:
    log_noise = params["log_noise"]
    return log_noise.__array_namespace__().exp(log_noise) + 1e-4


def check(learner: Any) -> None:
    """Ranges of the parameters that all gradient-based learners have. Errors: `UsageError`."""
    at_least(learner, inner_steps=0)
    positive(learner, "inner_rate")
