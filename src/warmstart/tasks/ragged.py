"""`Ragged`: lists of different lengths as one flat array with offsets (CSR without the values' columns)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

__all__ = ["Ragged", "expand", "runs"]


@dataclass(frozen=True)
class Ragged:
    """List i is `values[offsets[i]:offsets[i + 1]]`."""

    values: np.ndarray
    """int64[total]"""
    offsets: np.ndarray
    """int64[lists + 1]"""

    @classmethod
    def from_lengths(cls, lengths: np.ndarray) -> Self:
        """Lists of these lengths that count 0, 1, 2 … through all values."""
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return cls(np.arange(offsets[-1]), offsets)

    @property
    def lengths(self) -> np.ndarray:
        """int64[lists]"""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        return np.asarray(self.values[self.offsets[i] : self.offsets[i + 1]])

    @property
    def owner(self) -> np.ndarray:
        """int64[total]: the list that each value is in."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def position(self) -> np.ndarray:
        """int64[total]: the place of each value in its list."""
        return np.asarray(np.arange(len(self.values)) - np.repeat(self.offsets[:-1], self.lengths))

    def where(self, keep: np.ndarray) -> Self:
        """The same lists with only the values at which `keep` (bool[total]) holds."""
        lengths = np.bincount(self.owner[keep], minlength=len(self))
        return type(self)(self.values[keep], Ragged.from_lengths(lengths).offsets)

    def first(self, n: int) -> Self:
        """The first `n` values of every list."""
        return self.where(self.position < n)

    def then(self, other: Self) -> Self:
        """Each list followed by the other's list of the same place."""
        order = np.argsort(np.concatenate([self.owner, other.owner]), kind="stable")
        shape = Ragged.from_lengths(self.lengths + other.lengths)
        return type(self)(np.concatenate([self.values, other.values])[order], shape.offsets)

    def take(self, lists: np.ndarray) -> Self:
        """These lists (int64[chosen]), in this order."""
        chosen = Ragged.from_lengths(self.lengths[lists])
        return type(self)(self.values[expand(self.offsets[lists], chosen)], chosen.offsets)

    def padded(self, width: int, fill: int = -1) -> np.ndarray:
        """int64[lists, width]: lists cut or filled to one width."""
        out = np.full((len(self), width), fill, dtype=np.int64)
        kept = self.position < width
        out[self.owner[kept], self.position[kept]] = self.values[kept]
        return out


def runs(lists: Ragged, key: np.ndarray) -> np.ndarray:
    """int64[total]: the number, from 0, of the run of equal `key` [total] in its list that each value stands in."""
    later = np.append(False, key[1:] != key[:-1])[: len(key)]
    later[lists.offsets[:-1][lists.lengths > 0]] = False
    count = np.append(np.cumsum(later), 0)
    return np.asarray(count[: len(key)] - np.repeat(count[lists.offsets[:-1]], lists.lengths))


def expand(starts: np.ndarray, shape: Ragged) -> np.ndarray:
    """int64[total]: for list i of `shape`, starts[i], starts[i] + 1, …"""
    return np.asarray(np.repeat(starts, shape.lengths) + shape.position)
