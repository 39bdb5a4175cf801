"""Networks for any episodic learner: a tower from encoded rows to a vector, in the array API of NumPy and JAX."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.types import Array, Rows, Widths

__all__ = ["tower", "tower_init"]

_SMALL = 0.1  # of a fresh embedding: a category that was hardly seen must stay near the unknown one


def tower_init(
    rng: np.random.Generator, widths: Widths, hidden: Sequence[int], out: int, *, scale: float = 1.0
) -> dict[str, Any]:
    """Parameters of a tower: an embedding per code and bag column, a perceptron, and a linear path around it.

    `scale` is the standard deviation of each output at the start; 0 makes the tower start at exactly zero.
    """
    sizes = [*widths.codes, *widths.bags]
    embeddings = {
        str(j): rng.normal(0, _SMALL, (size, _embedding_width(size))).astype(np.float32) for j, size in enumerate(sizes)
    }
    width = widths.numbers + sum(_embedding_width(size) for size in sizes)
    layers = {}
    wide = width
    for i, units in enumerate(hidden):
        layers[str(i)] = {"w": _normal(rng, width, units), "b": np.zeros(units, np.float32)}
        width = units
    return {
        "embed": embeddings,
        "layers": layers,
        "out": scale * _normal(rng, width, out) / math.sqrt(2),
        "wide": scale * _normal(rng, wide, out) / math.sqrt(2),
    }


def tower(params: Mapping[str, Any], rows: Rows) -> Array:
    """float32[..., rows, out] for rows with any leading axes."""
    x = _inputs(params["embed"], rows)
    xp = x.__array_namespace__()
    h = x
    for i in range(len(params["layers"])):
        layer = params["layers"][str(i)]
        h = h @ layer["w"] + layer["b"]
        h = 0.5 * h * (1 + xp.tanh(0.5 * h))  # SiLU, written so that it cannot overflow
    return h @ params["out"] + x @ params["wide"]


def _inputs(embed: Mapping[str, Array], rows: Rows) -> Array:
    xp = rows.numbers.__array_namespace__()
    n_codes = rows.codes.shape[-1]
    parts = [rows.numbers]
    parts += [embed[str(j)][rows.codes[..., j]] for j in range(n_codes)]
    for j, bag in enumerate(rows.bags):
        filled = (bag > 0)[..., None] * 1.0
        total = xp.sum(embed[str(n_codes + j)][bag] * filled, axis=-2)
        parts.append(total / xp.maximum(xp.sum(filled, axis=-2), 1.0))
    return xp.concatenate([part.astype(xp.float32) for part in parts], axis=-1)


def _embedding_width(size: int) -> int:
    return min(32, 2 + math.ceil(math.sqrt(size)))


def _normal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return (rng.normal(0, 1, (rows, columns)) / math.sqrt(max(rows, 1))).astype(np.float32)
