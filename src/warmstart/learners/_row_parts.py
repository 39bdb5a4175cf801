"""Encoded rows beside the descriptors of their tasks: all numbers, and everything else as bags of members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from warmstart.types import Rows

__all__ = ["Bag", "bags", "beside", "numbers"]


class Bag(NamedTuple):
    """A category, as a bag of one, or a set, sequence or text."""

    name: str
    members: np.ndarray
    """int[..., length]; 0 is no member."""
    several: bool
    """Whether a row may hold more than one."""


def beside(descriptor: Rows, rows: int) -> Rows:
    """Descriptors [tasks] beside each of so many rows: [tasks, rows]."""

    def repeat(values: np.ndarray) -> np.ndarray:
        values = np.asarray(values)
        return np.broadcast_to(values[:, None], (len(values), rows, *values.shape[1:]))

    return Rows(repeat(descriptor.numbers), repeat(descriptor.codes), tuple(map(repeat, descriptor.bags)))


def numbers(rows: Rows, told: Rows) -> np.ndarray:
    """float64[..., numbers] of rows and their descriptors `told`, both with these leading axes."""
    both = [np.asarray(side.numbers, np.float64) for side in (rows, told)]
    return np.asarray(np.nan_to_num(np.concatenate(both, axis=-1)))


def bags(rows: Rows, told: Rows) -> Iterator[Bag]:
    """Each column of rows and descriptors that is no number."""
    for side, values in (("row", rows), ("told", told)):
        codes = np.asarray(values.codes)
        for i in range(codes.shape[-1]):
            yield Bag(f"{side} code {i}", codes[..., i : i + 1], several=False)
        for i, bag in enumerate(values.bags):
            yield Bag(f"{side} bag {i}", np.asarray(bag), several=True)
