"""Networks that read a task's rows in order: GRU, LSTM and causal self-attention, in the array API of NumPy and JAX.

All read x float32[support, features], oldest row first, and leave out rows that are not `filled`, wherever they stand.
Without a row the answer is a learned start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from warmstart.errors import NotFound
from warmstart.learners._softmax import shares
from warmstart.learners.networks import perceptron, perceptron_init
from warmstart.types import Array

__all__ = ["SEQUENCES", "scan", "sequence", "sequence_init"]

_GATES = {"gru": 3, "lstm": 4}


def sequence_init(rng: np.random.Generator, kind: str, width: int, hidden: int, *, heads: int = 1) -> dict[str, Any]:
    """Parameters for rows of `width` numbers and states of `hidden`; `heads` divide `hidden`, for attention alone.

    Errors: `NotFound` for an unknown kind.
    """
    if kind not in SEQUENCES:
        raise NotFound("sequence network", kind, SEQUENCES)
    start = np.zeros(hidden, np.float32)
    if kind == "attention":
        square = {name: perceptron_init(rng, (hidden, hidden)) for name in ("query", "key", "value", "out")}
        slopes = 2.0 ** -np.arange(1, heads + 1)  # from near to far
        return {
            **square,
            "in": perceptron_init(rng, (width, hidden)),
            "start": start,
            "log_slope": _floats(np.log(slopes)),
        }
    wide = _GATES[kind] * hidden
    params: dict[str, Any] = {
        "in": perceptron_init(rng, (width, wide)),
        "again": _floats(rng.normal(0, 1 / math.sqrt(hidden), (wide, hidden))),
        "start": start,
    }
    if kind == "gru":
        return params | {"bias": np.zeros(hidden, np.float32)}
    params["in"]["0"]["b"][hidden : 2 * hidden] = 1.0  # at first an LSTM remembers
    return params | {"cell": start.copy()}


def sequence(kind: str, params: Mapping[str, Any], x: Array, filled: Array) -> tuple[Array, Array]:
    """States [support, hidden] after each row, and the last [hidden]; `filled` [support] is 0 where a row is padding.

    At a row that is not filled a recurrent state stays; that of attention means nothing.
    """
    return SEQUENCES[kind](params, x, filled)


def scan(step: Callable[[Any, Any], tuple[Any, Array]], state: Any, xs: tuple[Array, ...]) -> tuple[Any, Array]:
    """The last state, and what `step(state, row)` → (state, out) gives for each row of `xs`, stacked."""
    if xs[0].__array_namespace__() is not np:
        import jax

        last, outs = jax.lax.scan(step, state, xs)
        return last, outs
    if not len(xs[0]):
        shape = step(state, tuple(np.zeros(x.shape[1:], x.dtype) for x in xs))[1].shape
        return state, np.zeros((0, *shape), np.float32)
    found = []
    for row in zip(*xs, strict=True):
        state, out = step(state, row)
        found.append(out)
    return state, np.stack(found)


def _gru(params: Mapping[str, Any], x: Array, filled: Array) -> tuple[Array, Array]:
    """Gated recurrent unit (Cho et al. 2014), its reset gate applied after the product."""
    xp = x.__array_namespace__()

    def step(h: Array, row: tuple[Array, Array]) -> tuple[Array, Array]:
        (reset, keep, new), (again_reset, again_keep, again) = _parts(row[0], 3), _parts(params["again"] @ h, 3)
        keep = _logistic(keep + again_keep)
        fresh = xp.tanh(new + _logistic(reset + again_reset) * (again + params["bias"]))
        h = xp.where(row[1] > 0, keep * h + (1 - keep) * fresh, h)
        return h, h

    last, states = scan(step, params["start"], (perceptron(params["in"], x, last=True), filled))
    return states, last


def _lstm(params: Mapping[str, Any], x: Array, filled: Array) -> tuple[Array, Array]:
    """Long short-term memory (Hochreiter, Schmidhuber 1997; forget gate: Gers et al. 2000)."""
    xp = x.__array_namespace__()

    def step(state: tuple[Array, Array], row: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        h, cell = state
        write, keep, show, new = _parts(row[0] + params["again"] @ h, 4)
        moved = _logistic(keep) * cell + _logistic(write) * xp.tanh(new)
        real = row[1] > 0
        h, cell = xp.where(real, _logistic(show) * xp.tanh(moved), h), xp.where(real, moved, cell)
        return (h, cell), h

    start = (params["start"], params["cell"])
    (last, _), states = scan(step, start, (perceptron(params["in"], x, last=True), filled))
    return states, last


def _attention(params: Mapping[str, Any], x: Array, filled: Array) -> tuple[Array, Array]:
    """Causal self-attention (Vaswani et al. 2017) over a learned start and the rows; far rows score less.

    A score falls by a learned slope for every filled row in between (Press et al. 2022), but not that of the start.
    """
    xp = x.__array_namespace__()
    rows = xp.concatenate([params["start"][None], perceptron(params["in"], x, last=True)])
    real = xp.concatenate([xp.ones_like(filled, shape=(1,)), (filled > 0) * 1.0])
    place = xp.cumsum(real)
    n, heads = len(place), len(params["log_slope"])
    seen = (xp.arange(n)[:, None] >= xp.arange(n)) * real
    apart = xp.maximum(place[:, None] - place, 0) * (xp.arange(n) > 0)
    asked, keys, values = (perceptron(params[name], rows, last=True) for name in ("query", "key", "value"))
    wide = rows.shape[1] // heads
    found = []
    for head in range(heads):
        part = slice(head * wide, (head + 1) * wide)
        score = asked[:, part] @ keys[:, part].T / math.sqrt(wide) - xp.exp(params["log_slope"][head]) * apart
        found.append(shares(score, seen) @ values[:, part])
    states = rows + perceptron(params["out"], xp.concatenate(found, axis=1), last=True)
    return states[1:], states[xp.argmax(place)]  # the first of the highest places is the last filled row


SEQUENCES: Mapping[str, Callable[[Mapping[str, Any], Array, Array], tuple[Array, Array]]] = MappingProxyType(
    {"attention": _attention, "gru": _gru, "lstm": _lstm}
)
"""Each network by its name: (parameters, x, filled) → (states, last)."""


def _parts(x: Array, n: int) -> tuple[Array, ...]:
    """A vector in `n` equal parts."""
    wide = len(x) // n
    return tuple(x[i * wide : (i + 1) * wide] for i in range(n))


def _logistic(x: Array) -> Array:
    return 0.5 * (1 + x.__array_namespace__().tanh(x / 2))


def _floats(x: np.ndarray) -> np.ndarray:
    return np.asarray(x, np.float32)
