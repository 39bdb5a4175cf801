"""Gradient steps on one task's own copy of a perceptron: what all gradient-based learners share.

Gradients are written out, so that NumPy serves what JAX trains. A first layer that is wide beside the support is never
formed: after steps with gradients δ its output is x w + b − (x xₛᵀ + 1) Σ rate δ, where xₛ are the support's rows: the
same arithmetic in another order, at the cost of the support's width instead of the layer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from warmstart.learners.likelihoods import Likelihood
from warmstart.learners.networks import relu
from warmstart.types import Array

__all__ = ["Fast", "Layer", "Loss", "Rates", "descend", "forward", "still"]


class Layer(NamedTuple):
    """One layer of a task."""

    w: Array
    """float32[in, out]"""
    b: Array
    """float32[out]"""


class Rates(NamedTuple):
    """Step size of one layer: a number, or one for each weight and bias."""

    w: Any
    b: Any


class Loss(NamedTuple):
    """The mean loss of the support: −log p(y | output + offset)."""

    family: Likelihood
    y: Array
    """float32[support]"""
    pull: Array
    """float32[support, 1]: minus the share of each row in the mean; 0 for padding"""
    offset: Array
    """float32[support, 1], or of ordered classes [support, cuts]"""
    noise: Any
    """The likelihood's own parameter."""

    def gradient(self, output: Array) -> Array:
        """float32[support, outputs] by the output."""
        return self.family.gradient(output + self.offset, self.y, self.noise) * self.pull


class Fast(NamedTuple):
    """What steps have made of some layers; of a first layer that is not formed, by how much it has moved."""

    x: Array
    """float32[support, in]: rows on which the first layer has moved; none where it is formed"""
    pull: Array
    """float32[support, out]: sum over the steps of rate times gradient"""
    bias_pull: Array
    """float32[out]: by how much the first layer's bias has moved"""
    formed: tuple[Layer, ...]
    """Every layer, or all but the first."""


class _Moved(NamedTuple):
    """A layer that is not formed, over the rows that it moves on."""

    start: Array
    gram: Array
    """float32[support, support]: by how much the gradient of one row moves the output of another"""
    pull: Array
    """float32[support, out]: sum of the gradients"""

    def out(self, _h: Array) -> Array:
        return self.start - self.gram @ self.pull

    def step(self, _h: Array, delta: Array, _rates: Rates, _ones: Array) -> _Moved:
        return _Moved(self.start, self.gram, self.pull + delta)


class _Formed(NamedTuple):
    w: Array
    b: Array

    def out(self, h: Array) -> Array:
        return h @ self.w + self.b

    def step(self, h: Array, delta: Array, rates: Rates, ones: Array) -> _Formed:
        return _Formed(self.w - rates.w * (h.T @ delta), self.b - rates.b * (ones @ delta))


def descend(
    layers: Sequence[Layer], rates: Sequence[Rates], x: Array, loss: Loss, steps: int, *, first_order: bool = False
) -> Fast:
    """The layers after `steps` gradient steps on the support rows `x` [support, in].

    With `first_order` no gradient flows through the inner gradients (Finn 2017, section 5.2).
    """
    cut = still if first_order else _through
    (wide, out), k = layers[0].w.shape, x.shape[0]
    fewer = k * (wide + steps * out) < steps * wide * out  # multiplications
    thin = fewer and getattr(rates[0].w, "ndim", 0) == 0
    first: _Moved | _Formed = _Formed(*layers[0])
    if thin:
        start = x @ layers[0].w + layers[0].b
        first = _Moved(start, rates[0].w * (x @ x.T) + rates[0].b, 0 * start)
    moving = [first, *(_Formed(*layer) for layer in layers[1:])]
    ones = 0 * loss.pull[:, 0] + 1  # a product with them is a faster sum over rows
    for _ in range(steps):
        moving = _step(moving, rates, x, loss, ones, cut)
    formed = tuple(Layer(layer.w, layer.b) for layer in moving if isinstance(layer, _Formed))
    if isinstance(moving[0], _Moved):
        pull = moving[0].pull
        return Fast(cut(x), rates[0].w * pull, rates[0].b * pull.sum(axis=0), formed)
    return Fast(x[:0], x[:0, :1], layers[0].b[:0], formed)


def forward(layers: Sequence[Layer], fast: Fast, x: Array) -> Array:
    """float32[query, outputs]: what the moved layers say of the rows `x` [query, in]; `layers` are as before."""
    if len(fast.formed) < len(layers):
        first = x @ layers[0].w - (x @ fast.x.T) @ fast.pull + (layers[0].b - fast.bias_pull)
    else:
        first = x @ fast.formed[0].w + fast.formed[0].b
    for layer in fast.formed[len(fast.formed) - len(layers) + 1 :]:
        first = relu(first) @ layer.w + layer.b
    return first


def still(x: Any) -> Any:
    """The same values; no gradient flows through them."""
    if isinstance(x, np.ndarray | np.generic | float):
        return x
    import jax

    return jax.lax.stop_gradient(x)


def _through(x: Any) -> Any:
    return x


def _step(moving: list[Any], rates: Sequence[Rates], x: Array, loss: Loss, ones: Array, cut: Any) -> list[Any]:
    below, on, out = [x], [], moving[0].out(x)
    for layer in moving[1:]:
        on.append(out > 0)
        below.append(out * on[-1])
        out = layer.out(below[-1])
    delta = loss.gradient(out)
    moved = []
    for i in reversed(range(len(moving))):
        moved.append(moving[i].step(cut(below[i]), cut(delta), rates[i], ones))
        delta = (moving[i].w @ delta.T).T * on[i - 1] if i else delta  # so ordered, no matrix is transposed
    return moved[::-1]
