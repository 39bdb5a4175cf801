"""`Levels`: a probability for each of the user's classes, which stand in an order and have a value each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart._distributions.classes import Classes
from warmstart._distributions.contract import Answers, Floats, finite, levels_of
from warmstart.errors import InternalError

__all__ = ["Levels"]


@dataclass(frozen=True, eq=False)
class Levels:
    """Ordered classes, such as stars: the questions of classes, and those of numbers about the levels' values."""

    probability: Floats
    """float64[query, classes]"""
    labels: Sequence[Any]
    """The user's name of each level, from the lowest."""
    values: Floats
    """float64[classes], rising: what each level counts as"""
    classes: Classes = field(init=False)

    def __post_init__(self) -> None:
        classes, values = Classes(self.probability, self.labels), finite("values", self.values)
        if len(values) != len(self.labels) or (np.diff(values) <= 0).any():
            raise InternalError(f"prediction: {len(self.labels)} levels need as many rising values; got {values}")
        object.__setattr__(self, "probability", classes.probability)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "classes", classes)

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def family(self) -> str:
        """Always "ordinal"."""
        return "ordinal"

    @property
    def answers(self) -> Answers:
        """All questions about classes; mean, deviation and quantiles of the levels' values."""
        return {**self.classes.answers, "mean": self._mean, "std": self._deviation, "quantile": self._quantile}

    def _mean(self) -> Floats:
        return np.asarray(self.probability @ self.values)

    def _deviation(self) -> Floats:
        apart = self.values - self._mean()[:, None]
        return np.asarray(np.sqrt((self.probability * apart**2).sum(axis=1)))

    def _quantile(self, p: npt.ArrayLike) -> Floats:
        """The value of the lowest level whose cumulative probability reaches p."""
        short = self.probability.cumsum(axis=1)[:, :-1] < levels_of(p)[..., None]
        return np.asarray(self.values[short.sum(axis=-1)])
