"""`ImplicitALS`: matrix factorisation of implicit feedback; a new task is folded in by one solve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import NotReady
from warmstart.learners._interactions import interactions, item_popularity, scores_at, seen, tie_break
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Factor", "ImplicitALS"]


class Factor(NamedTuple):
    """The latent taste of each task."""

    factor: np.ndarray
    """float32[tasks, factors]"""


@dataclass(frozen=True)
class ImplicitALS:
    """Weighted alternating least squares; needs the package `implicit`. Source: Hu, Koren, Volinsky 2008."""

    factors: int = 64
    """>= 1"""
    regularisation: float = 50.0
    """> 0"""
    confidence: float = 40.0
    """Weight of a choice, > 1; what was not chosen weighs 1."""
    iterations: int = 15
    """Alternations, >= 1."""
    threads: int = 0
    """0 for all cores."""

    name: ClassVar[str] = "implicit_als"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "regularisation")
        at_least(self, factors=1, confidence=1, iterations=1, threads=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"items": float32[items, factors], "gram": float32[factors, factors], "tie": float32[items]}."""
        taken = interactions(train)
        items = self._factorise(taken, context)
        return {"items": items, "gram": items.T @ items, "tie": tie_break(item_popularity(taken))}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Factor:
        """Solve (YᵀY + Σ (c - 1) y yᵀ + reg I) f = Σ c y for every task at once."""
        items, state = params["items"], seen(support)
        y = items[np.maximum(state.item, 0)]
        real = state.weight > 0
        # A weight below one keeps the confidence above that of what was not chosen.
        extra = np.where(real, self.confidence * state.weight, 1) - 1
        gram = params["gram"] + np.swapaxes(y * extra[..., None], 1, 2) @ y
        gram = gram + np.float32(self.regularisation) * np.eye(items.shape[1], dtype=np.float32)
        right = ((extra + 1) * real)[:, None, :] @ y
        return Factor(np.linalg.solve(gram, np.swapaxes(right, 1, 2))[..., 0].astype(np.float32))

    def predict(self, params: Mapping[str, Any], state: Factor, query: Query) -> Latent:
        """Scores [tasks, items]."""
        scores = state.factor @ params["items"].T
        scores += params["tie"]
        return scores_at(scores, query)

    def _factorise(self, taken: Any, context: Context) -> np.ndarray:
        """float32[items, factors] from the library."""
        try:
            from implicit.cpu.als import AlternatingLeastSquares
            from threadpoolctl import threadpool_limits
        except ImportError as error:
            raise NotReady("implicit_als needs the package implicit: pip install 'warmstart[boost]'") from error
        with threadpool_limits(1, user_api="blas"):  # the library has threads of its own
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularisation,
                alpha=self.confidence,
                iterations=self.iterations,
                num_threads=self.threads,
                random_state=context.seed,
            )
            model.fit(taken, show_progress=False)
        return np.asarray(model.item_factors, dtype=np.float32)
