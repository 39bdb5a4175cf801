"""`Scores`: the relevance of items, of which only the order means something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart._distributions.contract import Answers, Floats
from warmstart.errors import InternalError

__all__ = ["Scores"]


@dataclass(frozen=True, eq=False)
class Scores:
    """A score for each item of a catalogue, or of some candidates."""

    scores: Floats
    """float64[query]; minus infinity keeps an item out"""
    items: npt.NDArray[Any]
    """ids[query]: the user's own"""

    def __post_init__(self) -> None:
        scores = np.asarray(self.scores, dtype=np.float64)
        if scores.ndim != 1 or len(scores) != len(self.items) or not (scores < np.inf).all():
            raise InternalError(f"prediction: {len(self.items)} items need as many scores below infinity; got {scores}")
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "items", np.asarray(self.items))

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def family(self) -> str:
        """Always "scores"."""
        return "scores"

    @property
    def answers(self) -> Answers:
        """The best items."""
        return {"top": self._top}

    def _top(self, n: int, rng: np.random.Generator) -> tuple[npt.NDArray[Any], Floats]:
        allowed = np.flatnonzero(self.scores > -np.inf)
        if len(allowed) > n > 0:
            least = np.partition(self.scores[allowed], -n)[-n]
            allowed = allowed[self.scores[allowed] >= least]
        order = allowed[np.lexsort((rng.random(len(allowed)), -self.scores[allowed]))][:n]
        return self.items[order], self.scores[order]
