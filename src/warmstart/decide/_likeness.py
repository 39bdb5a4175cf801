"""How much items have in common, by whatever is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart.types import Rows

__all__ = ["likeness"]

Floats = npt.NDArray[np.float64]


def likeness(features: Rows | npt.NDArray[Any]) -> Floats:
    """float64[items, items]: similarity in [0, 1] of rows of features [items, ...].

    Of an array of floats (a vector an item) the cosine, where below zero counts as zero; of one of integers (category
    codes) the share of equal columns; of encoded `Rows` the mean over their parts: each category column, each set or
    text (cosine of the members), and the numbers together (a Gaussian kernel, in standard deviations). Code 0, the
    unknown, equals nothing.
    """
    if isinstance(features, Rows):
        n, parts = len(features.numbers), list(_parts(features))
    else:
        n = len(features)
        parts = [_equal(c) for c in features.T] if np.issubdtype(features.dtype, np.integer) else [_cosine(features)]
    return np.asarray(np.mean(parts, axis=0), np.float64) if parts else np.zeros((n, n))


def _parts(rows: Rows) -> Iterator[Floats]:
    yield from (_equal(column) for column in rows.codes.T)
    yield from (_cosine(_members(bag)) for bag in rows.bags)
    if rows.numbers.shape[1]:
        yield _near(np.asarray(rows.numbers, np.float64))


def _equal(codes: npt.NDArray[Any]) -> Floats:
    return np.asarray((codes[:, None] == codes) & (codes > 0), np.float64)


def _cosine(vectors: npt.NDArray[Any]) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, length, out=np.zeros(vectors.shape), where=length > 0)
    return np.asarray(np.clip(unit @ unit.T, 0.0, 1.0))


def _members(bag: npt.NDArray[Any]) -> Floats:
    """float64[items, members]: which of the codes that occur in a bag [items, length] each item has; 0 is padding."""
    codes, at = np.unique(bag, return_inverse=True)
    has = np.zeros((len(bag), len(codes)))
    has[np.arange(len(bag))[:, None], at.reshape(bag.shape)] = codes[at.reshape(bag.shape)] > 0
    return has


def _near(numbers: Floats) -> Floats:
    """exp(-½ mean squared difference)"""
    square = (numbers**2).mean(axis=1)
    apart = square[:, None] + square - 2 * (numbers @ numbers.T) / numbers.shape[1]
    return np.asarray(np.exp(-0.5 * np.maximum(apart, 0.0)))
