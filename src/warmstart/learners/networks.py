"""Networks for any episodic learner, in the array API of NumPy and JAX: inputs, perceptron, and a tower of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from warmstart.types import Array, Rows, Widths

__all__ = [
    "inputs",
    "inputs_init",
    "inputs_width",
    "perceptron",
    "perceptron_init",
    "relu",
    "side_by_side",
    "silu",
    "tower",
    "tower_init",
]

_ITEM = 16  # features of an item's own vector
_STEEP = -60.0  # below it the logistic is 0
_SMALL = 0.1  # of a fresh embedding: a category that was hardly seen must stay near the unknown one


def inputs_width(widths: Widths, items: int = 0, *, embedding: int | None = None) -> int:
    """How many numbers `inputs` makes of a row; `embedding` is that of a column, by default from its vocabulary."""
    embedded = sum(embedding or _embedding_width(size) for size in (*widths.codes, *widths.bags) if size)
    return widths.numbers + embedded + (_ITEM if items else 0)


def inputs_init(
    rng: np.random.Generator, widths: Widths, items: int = 0, *, embedding: int | None = None
) -> dict[str, Any]:
    """An embedding per code and bag column, but none of a width of 0; a vector, at first zero, per item."""
    sizes = [*widths.codes, *widths.bags]
    embed = {
        str(j): rng.normal(0, _SMALL, (size, embedding or _embedding_width(size))).astype(np.float32)
        for j, size in enumerate(sizes)
        if size
    }
    return {"embed": embed} | ({"item": np.zeros((items, _ITEM), np.float32)} if items else {})


def inputs(params: Mapping[str, Any], rows: Rows, item: Array | None = None) -> Array:
    """float32[..., width]: numbers, embedded codes, mean of each embedded bag, the item's vector (0 for item -1)."""
    xp = rows.numbers.__array_namespace__()
    embed, n_codes = params["embed"], rows.codes.shape[-1]
    parts = [rows.numbers]
    parts += _embedded([embed[str(j)] for j in range(n_codes)], rows.codes)
    for j, bag in enumerate(rows.bags):
        if str(n_codes + j) not in embed:
            continue
        filled = (bag > 0)[..., None] * 1.0
        total = xp.sum(embed[str(n_codes + j)][bag] * filled, axis=-2)
        parts.append(total / xp.maximum(xp.sum(filled, axis=-2), 1.0))
    if "item" in params:
        assert item is not None
        parts.append(params["item"][xp.maximum(item, 0)] * ((item >= 0) * 1.0)[..., None])
    return xp.concatenate(parts, axis=-1).astype(xp.float32, copy=False)


def perceptron_init(rng: np.random.Generator, sizes: Sequence[int]) -> dict[str, Any]:
    """Layers {"0": {"w": float32[out, in], "b": float32[out]}, …} between these sizes.

    Weights lie so that their gradient comes without a transposed copy of all rows.
    """
    pairs = enumerate(pairwise(sizes))
    return {str(i): {"w": _normal(rng, a, b), "b": np.zeros(b, np.float32)} for i, (a, b) in pairs}


def perceptron(
    layers: Mapping[str, Any], x: Array, *, last: bool = False, bend: Callable[[Array], Array] | None = None
) -> Array:
    """float32[..., out] of x [..., in]: `bend` (SiLU) after every layer, but not after the last where `last` is set."""
    bend = bend or silu
    for i in range(len(layers)):
        x = x @ layers[str(i)]["w"].T + layers[str(i)]["b"]
        x = x if last and i + 1 == len(layers) else bend(x)
    return x


def side_by_side(layers: Mapping[str, Any], parts: Sequence[Array], common: Array) -> Array:
    """float32[rows, out]: a perceptron (ReLU) of `parts` [rows, …] beside what all rows have in common, float32[…].

    What they have in common is multiplied but once.
    """
    first, start = layers["0"], 0
    out = common @ first["w"][:, sum(part.shape[1] for part in parts) :].T + first["b"]
    for part in parts:
        out = out + part @ first["w"][:, start : start + part.shape[1]].T
        start += part.shape[1]
    for i in range(1, len(layers)):
        out = relu(out) @ layers[str(i)]["w"].T + layers[str(i)]["b"]
    return out


def relu(x: Array) -> Array:
    """x where it is positive, else 0, with gradient 0 there."""
    return x * (x > 0)


def silu(x: Array) -> Array:
    """x times the logistic of x, written so that it cannot overflow."""
    xp = x.__array_namespace__()
    return x / (1 + xp.exp(-xp.maximum(x, _STEEP)))


def tower_init(
    rng: np.random.Generator, widths: Widths, hidden: Sequence[int], out: int, *, scale: float = 1.0, wide: bool = True
) -> dict[str, Any]:
    """Parameters of a tower: inputs, a perceptron, and, where it is `wide`, a linear path around it.

    `scale` is the standard deviation of each output at the start; 0 makes the tower start at exactly zero.
    """
    sizes = [inputs_width(widths), *hidden]
    params = {**inputs_init(rng, widths), "layers": perceptron_init(rng, sizes)}
    paths = {"out": sizes[-1]} | ({"wide": sizes[0]} if wide else {})
    return params | {name: scale * _normal(rng, size, out) / math.sqrt(len(paths)) for name, size in paths.items()}


def tower(params: Mapping[str, Any], rows: Rows) -> Array:
    """float32[..., rows, out] for rows with any leading axes."""
    x = inputs(params, rows)
    deep = perceptron(params["layers"], x) @ params["out"].T
    return deep + x @ params["wide"].T if "wide" in params else deep


def _embedded(tables: Sequence[Array], codes: Array) -> list[Array]:
    """float32[..., width] of the columns of `codes` [..., columns].

    Compiled, tables of one width are read as one, which is a fraction of the program; NumPy would copy them.
    """
    if len({table.shape[1] for table in tables}) != 1 or isinstance(tables[0], np.ndarray):
        return [table[codes[..., j]] for j, table in enumerate(tables)]
    starts = np.cumsum([0, *(len(table) for table in tables[:-1])])
    found = tables[0].__array_namespace__().concatenate(tables)[codes + starts]
    return [found.reshape(*codes.shape[:-1], codes.shape[-1] * found.shape[-1])]  # -1 would refuse no rows


def _embedding_width(size: int) -> int:
    return min(32, 2 + math.ceil(math.sqrt(size)))


def _normal(rng: np.random.Generator, inner: int, outer: int) -> np.ndarray:
    """float32[outer, inner]"""
    drawn = rng.normal(0, 1, (inner, outer)) / math.sqrt(max(inner, 1))
    return np.ascontiguousarray(drawn.T, np.float32)
