"""`Prediction`: the answer of an adapted model: a distribution for each query row, never a bare number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from warmstart._distributions.classes import Classes
from warmstart._distributions.contract import Distribution, Floats, levels_of
from warmstart._distributions.count import Count
from warmstart._distributions.levels import Levels
from warmstart._distributions.normal import Normal
from warmstart._distributions.scores import Scores
from warmstart.errors import InternalError, UsageError

__all__ = ["Classes", "Count", "Levels", "Normal", "Prediction", "Scores"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """A distribution over the answer to each query row, in the user's unit, and how it was made.

    `distribution` is a `Normal`, `Count`, `Classes`, `Levels` or `Scores`. A question that its family cannot answer is
    a `UsageError` that lists those it can; contradictory metadata is an `InternalError`.

    >>> import numpy as np
    >>> p = Prediction(Normal(np.array([1.0]), np.array([4.0]), shift=10, scale=2), tier="adapted", k=3)
    >>> p.mean, p.std
    (array([12.]), array([4.]))
    """

    distribution: Distribution
    tier: Literal["prior", "adapted"] = "prior"
    """"prior": from the descriptor alone; "adapted": support rows had a say."""
    k: int = 0
    """Support rows used."""
    model_version: str = ""

    def __post_init__(self) -> None:
        if self.k < 0 or self.tier != ("adapted" if self.k else "prior"):
            legal = "tier 'prior' with k = 0, or 'adapted' with k > 0"
            raise InternalError(f"prediction: expected {legal}; got {self.tier!r} with k = {self.k}")

    def __len__(self) -> int:
        return len(self.distribution)

    @property
    def family(self) -> str:
        """One of normal, count, bernoulli, categorical, ordinal, scores."""
        return self.distribution.family

    def _answerer(self, question: str) -> Callable[..., Any]:
        answers = self.distribution.answers
        if question not in answers:
            known = ", ".join(sorted(answers))
            raise UsageError(f"a prediction of family {self.family!r} has no {question}; it has: {known}")
        return answers[question]

    def _ask(self, question: str, *arguments: object) -> npt.NDArray[Any]:
        answer: npt.NDArray[Any] = self._answerer(question)(*arguments)
        return answer

    @property
    def mean(self) -> Floats:
        """float64[query]; of two classes, the probability of the second; of ordered ones, the expected level."""
        return self._ask("mean")

    @property
    def median(self) -> Floats:
        """float64[query]"""
        return self.quantile(0.5)

    @property
    def std(self) -> Floats:
        """float64[query]"""
        return self._ask("std")

    @property
    def probability(self) -> Floats:
        """float64[query, classes]"""
        return self._ask("probability")

    @property
    def labels(self) -> npt.NDArray[Any]:
        """labels[classes]: the user's name of each class."""
        return self._ask("labels")

    @property
    def mode(self) -> npt.NDArray[Any]:
        """labels[query]: the most probable class."""
        return self._ask("mode")

    def quantile(self, p: npt.ArrayLike) -> Floats:
        """float64[query] for one level p in (0, 1); float64[levels, query] for several."""
        return self._ask("quantile", p)

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Low and high, float64[query] each, of the central interval that holds y with this probability."""
        levels_of(level)
        low, high = self.quantile([(1 - level) / 2, (1 + level) / 2])
        return low, high

    def sample(self, rng: np.random.Generator, n: int) -> npt.NDArray[Any]:
        """n draws of every row, [draws, query]: numbers or labels."""
        return self._ask("sample", rng, n)

    def log_prob(self, y: npt.ArrayLike) -> Floats:
        """float64[query]: log density (normal) or log probability (count, classes) of y[query]."""
        return self._ask("log_prob", y)

    def top(self, n: int, rng: np.random.Generator | None = None) -> tuple[npt.NDArray[Any], Floats]:
        """Ids and scores of the n best items, best first; ties are broken by `rng`, else by a fixed seed."""
        best: tuple[npt.NDArray[Any], Floats] = self._answerer("top")(n, rng or np.random.default_rng(0))
        return best

    def to_dict(self, n: int = 20) -> dict[str, Any]:
        """Everything as finite JSON values; of scores, the n best items."""
        made = {"family": self.family, "tier": self.tier, "k": self.k, "model_version": self.model_version}
        return made | self._summary(n)

    def _summary(self, n: int) -> dict[str, Any]:
        answers = self.distribution.answers
        if "top" in answers:
            items, scores = self.top(n)
            return {"items": items.tolist(), "scores": scores.tolist()}
        if "probability" in answers:
            asked = ("labels", "mode", "probability", *(("mean",) if "quantile" in answers else ()))
            return {name: self._ask(name).tolist() for name in asked}
        low, high = self.interval()
        numbers = {"mean": self.mean, "median": self.median, "std": self.std, "low90": low, "high90": high}
        return {name: np.nan_to_num(values).tolist() for name, values in numbers.items()}
