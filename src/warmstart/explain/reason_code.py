"""`ReasonCode`: one fact of a row that moved its answer, against what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from warmstart.tables.usual_value import Told

__all__ = ["ReasonCode"]

_LARGE, _LONGEST = 1000, 40


@dataclass(frozen=True)
class ReasonCode:
    """What a model made of one column of one row.

    >>> str(ReasonCode("income", 1200.0, 2400.0, 0.41))
    'income 1200 (usual 2400): +0.41'
    """

    column: str
    value: Told
    """As the row says it; of a descriptor, as the model remembers it."""
    usual: Told
    """Median or most frequent value of the training rows; None where nothing is usual, as of a text."""
    effect: float
    """Change of the answer, on the link scale, against the same row with the usual value."""

    @property
    def direction(self) -> Literal["up", "down"]:
        """Which way the fact pushed the answer."""
        return "up" if self.effect > 0 else "down"

    def __str__(self) -> str:
        effect = f"{self.effect:+,.0f}" if abs(self.effect) >= _LARGE else f"{self.effect:+.3g}"
        return f"{self.column} {_said(self.value)} (usual {_said(self.usual)}): {effect}"

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {**vars(self), "direction": self.direction}


def _said(value: Told) -> str:
    """Short; numbers without separators, for a year is one too."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= _LARGE else f"{value:.4g}"
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
