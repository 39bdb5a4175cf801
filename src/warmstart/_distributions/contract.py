"""What every family of distributions tells, and the checks that they share.

Axes: `query` rows (q), `draws`, `levels`, `classes`. Every answer is in the user's unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from warmstart.errors import InternalError, UsageError

__all__ = ["Answers", "Distribution", "Floats", "finite", "levels_of", "spread"]

Floats = npt.NDArray[np.float64]
Answers = Mapping[str, Callable[..., Any]]


class Distribution(Protocol):
    """One family; finished classes, nothing is inherited."""

    @property
    def family(self) -> str:
        """Name of the family."""

    @property
    def answers(self) -> Answers:
        """The questions that it takes, and who answers them."""

    def __len__(self) -> int:
        """Number of query rows."""


def finite(name: str, values: npt.ArrayLike, axes: int = 1) -> Floats:
    """The values as float64 with that many axes; `InternalError` where that cannot be."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != axes or not np.isfinite(array).all():
        raise InternalError(f"prediction: {name} must be finite with {axes} axes; got {array.shape}: {array!s:.80}")
    return array


def spread(name: str, values: npt.ArrayLike, like: Floats) -> Floats:
    """The values as float64, >= 0 and shaped as `like`; `InternalError` where that cannot be."""
    array = finite(name, values)
    if array.shape != like.shape or (array < 0).any():
        raise InternalError(f"prediction: {name} must be >= 0 of shape {like.shape}; got {array.shape}: {array!s:.80}")
    return array


def levels_of(p: npt.ArrayLike) -> Floats:
    """Levels in (0, 1), any shape [...], as float64[..., 1]; `UsageError` for others."""
    levels = np.asarray(p, dtype=np.float64)
    if not ((levels > 0) & (levels < 1)).all():
        raise UsageError(f"the level of a quantile or interval lies strictly between 0 and 1; got {p!r}")
    return levels[..., None]
