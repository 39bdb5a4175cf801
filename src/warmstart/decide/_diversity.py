"""Maximal marginal relevance: each place goes to the item that is relevant and unlike those above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.decide._likeness import likeness
from warmstart.errors import UsageError
from warmstart.types import Rows

__all__ = ["Board", "Diversity", "Turn", "turns"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Diversity:
    """What is known of the items, and how much their difference counts."""

    features: Rows | npt.NDArray[Any]
    """Of the whole catalogue: vectors float[items, features], category codes int[items, columns], or encoded `Rows`."""
    relevance: float = 0.7
    """λ in [0, 1]: 1 ranks by score alone, 0 by difference alone."""

    def __post_init__(self) -> None:
        if not 0 <= self.relevance <= 1:
            raise UsageError(f"λ, the weight of relevance against diversity, lies in [0, 1]; got {self.relevance}")

    def __len__(self) -> int:
        rows = self.features.numbers if isinstance(self.features, Rows) else self.features
        return len(rows)

    def likeness(self, items: npt.NDArray[np.int64]) -> Floats:
        """float64[candidates, candidates]: similarity in [0, 1] of these items.

        Errors: `UsageError` for a vector that is not finite.
        """
        if isinstance(self.features, Rows):
            numbers, codes, bags = self.features
            return likeness(Rows(numbers[items], codes[items], tuple(bag[items] for bag in bags)))
        rows = self.features[items]
        if not np.isfinite(rows).all():
            raise UsageError("diversity compares items by their features, and some of those are not finite")
        return likeness(rows)


class Board(NamedTuple):
    """Candidates before they are placed."""

    relevance: float
    """λ"""
    price: float
    """What a similarity of 1 takes from λ * score: (1 - λ) times the range of the scores."""
    likeness: Floats | None
    """float64[candidates, candidates]; None where λ is 1."""
    first: npt.NDArray[np.bool_]
    """bool[candidates]: placed before all others."""


class Turn(NamedTuple):
    """One place, in every draw."""

    open: npt.NDArray[np.bool_]
    """bool[candidates]: may be placed now, unless placed already."""
    penalty: Floats
    """float64[draws, candidates]: for being like what is placed already."""
    best: npt.NDArray[np.int64]
    """int64[draws]: who is placed; of equals the first."""
    height: Floats
    """float64[draws]: λ * score - penalty of that; minus infinity where nobody is left."""


def turns(board: Board, scores: Floats, places: int, without: int | None = None) -> Iterator[Turn]:
    """Fill the places of several draws side by side, scores [draws, candidates]; `without` sits out.

    The criterion of Carbonell and Goldstein 1998, λ * score - (1 - λ) * max similarity, times the range of the scores,
    so that it equals theirs on scores that are normalised to [0, 1]. A turn holds until the next one is asked for.
    """
    draws, worth = np.arange(len(scores)), board.relevance * scores
    free, penalty = np.where(board.first, worth, -np.inf), np.zeros(scores.shape)
    cost = None if board.likeness is None else board.price * board.likeness
    others, ahead = ~board.first, int(board.first.sum())
    for place in range(places):
        if place == ahead:
            free[:, others] = worth[:, others]
        if without is not None:
            free[:, without] = -np.inf
        height = free if cost is None else free - penalty
        best = height.argmax(axis=1)
        yield Turn(board.first if place < ahead else others, penalty, best, height[draws, best])
        free[draws, best] = -np.inf
        if cost is not None:
            np.maximum(penalty, cost[best], out=penalty)
