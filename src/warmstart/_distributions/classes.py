"""`Classes`: a probability for each of the user's classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart._distributions.contract import Answers, Floats, finite
from warmstart.errors import DataError, InternalError

__all__ = ["Classes"]

_TWO = 2
_ROUNDING = 1e-3  # how far from 1 a row of float32 probabilities may sum


@dataclass(frozen=True, eq=False)
class Classes:
    """One of several classes: bernoulli where there are two, else categorical."""

    probability: Floats
    """float64[query, classes]"""
    labels: Sequence[Any]
    """The user's name of each class; of two, the second is the positive one."""

    def __post_init__(self) -> None:
        chance = finite("probability", self.probability, axes=2)
        total = chance.sum(axis=1, keepdims=True)
        if (chance < 0).any() or (np.abs(total - 1) > _ROUNDING).any():
            raise InternalError(f"prediction: probabilities of a row must be >= 0 and sum to 1; got {chance!s:.80}")
        if not _TWO <= len(self.labels) == len(set(self.labels)) == chance.shape[1]:
            raise InternalError(f"prediction: {chance.shape[1]} classes need that many names, 2 or more, each once")
        object.__setattr__(self, "probability", chance / total)

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def family(self) -> str:
        """One of bernoulli, categorical."""
        return "bernoulli" if len(self.labels) == _TWO else "categorical"

    @property
    def answers(self) -> Answers:
        """Probabilities; of two classes also mean and std of the positive one's indicator."""
        positive = self.probability[:, 1]
        numbers: Answers = {"mean": lambda: positive, "std": lambda: np.sqrt(positive * (1 - positive))}
        return {
            "labels": lambda: np.asarray(self.labels),
            "probability": lambda: self.probability,
            "mode": lambda: np.asarray(self.labels)[self.probability.argmax(axis=1)],
            "sample": self._sample,
            "log_prob": self._log_prob,
            **(numbers if self.family == "bernoulli" else {}),
        }

    def _sample(self, rng: np.random.Generator, n: int) -> npt.NDArray[Any]:
        passed = rng.random((n, len(self), 1)) >= self.probability.cumsum(axis=1)[:, :-1]
        drawn: npt.NDArray[Any] = np.asarray(self.labels)[passed.sum(axis=2)]
        return drawn

    def _log_prob(self, y: npt.ArrayLike) -> Floats:
        asked = np.asarray(y, dtype=np.object_)
        same = asked[:, None] == np.asarray(self.labels, dtype=np.object_)
        unknown = np.flatnonzero(~same.any(axis=1))
        if len(unknown):
            row = int(unknown[0])
            raise DataError("no such class", row=row, expected=f"one of {list(self.labels)}", got=asked[row])
        chance: Floats = self.probability[np.arange(len(self)), same.argmax(axis=1)]
        with np.errstate(divide="ignore"):
            return np.log(chance)
