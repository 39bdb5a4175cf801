"""`Scaler`: numbers to about N(0, 1): standardised, or through their quantiles when heavily skewed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Self

import numpy as np

__all__ = ["Scaler", "scale_all"]

LIMIT = 5.0
KNOTS = 257
FEW = 10
SKEW, KURTOSIS = 2.0, 20.0
FLAT = 1e-9  # a spread this small beside the largest value is rounding


@dataclass(frozen=True, eq=False)
class Scaler:
    """((x / unit, mapped through the knots if there are any) - shift) / scale, clipped to ±5."""

    unit: float = 1.0
    """A power of two near the largest value: nothing overflows, and dividing by it loses no bit."""
    shift: float = 0.0
    scale: float = 1.0
    knots: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """float64[knots]: quantiles of x / unit; none for plain standardising."""
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """float64[knots]: the normal score of each quantile."""

    @classmethod
    def fit(cls, x: np.ndarray, *, skewed: bool = True) -> Self:
        """From finite training values float64[values]; `skewed` allows the quantile map."""
        if not len(x) or not (largest := float(np.abs(x).max())):
            return cls()
        unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
        z = x / unit
        knots, scores = _quantile_map(z) if skewed and _is_skewed(z) else (np.zeros(0), np.zeros(0))
        z = np.interp(z, knots, scores) if len(knots) else z
        shift, scale = float(z.mean()), float(z.std())
        return cls(unit, shift, scale if scale > FLAT * float(np.abs(z).max()) else 1.0, knots, scores)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """float64[rows]: scaled values; a missing one (NaN) becomes 0, the mean."""
        return scale_all([self], x[:, None])[:, 0]

    def undo(self, z: np.ndarray) -> np.ndarray:
        """float64[rows]: what `apply` made z of, at most the training values' extremes where it clipped."""
        x = np.asarray(z, np.float64) * self.scale + self.shift
        x = np.interp(x, self.scores, self.knots) if len(self.knots) else x
        return np.asarray(x * self.unit)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays."""
        arrays = {"knots": self.knots, "scores": self.scores} if len(self.knots) else {}
        return {"unit": self.unit, "shift": self.shift, "scale": self.scale}, arrays

    @classmethod
    def from_state(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The scaler that `to_state` took apart."""
        return cls(float(values["unit"]), float(values["shift"]), float(values["scale"]), **arrays)


def scale_all(scalers: Sequence[Scaler], x: np.ndarray) -> np.ndarray:
    """float64[rows, columns]: each column by its own scaler, as `Scaler.apply` does."""
    unit, shift, scale = np.array([(each.unit, each.shift, each.scale) for each in scalers]).reshape(-1, 3).T
    with np.errstate(over="ignore"):
        z: np.ndarray = x / unit
        for j, each in enumerate(scalers):
            if len(each.knots):
                z[:, j] = np.interp(z[:, j], each.knots, each.scores)
        z -= shift
        z /= scale
    np.maximum(z, -LIMIT, out=z)
    np.minimum(z, LIMIT, out=z)
    z[np.isnan(z)] = 0.0
    return z


def _is_skewed(z: np.ndarray) -> bool:
    """Long-tailed, and not merely a rare flag or a few levels."""
    centred = z - z.mean()
    spread = float(centred.std())
    if spread <= FLAT or len(np.unique(z[:100_000])) <= FEW:
        return False
    u = centred / spread
    return abs(float((u**3).mean())) > SKEW or float((u**4).mean()) - 3.0 > KURTOSIS


def _quantile_map(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles without repeats, and the normal score of the middle rank of each."""
    levels = (np.arange(KNOTS) + 0.5) / KNOTS
    at = np.quantile(z, np.concatenate([[0.0], levels[1:-1], [1.0]]))
    knots, where = np.unique(at, return_inverse=True)
    middle = np.bincount(where, levels) / np.bincount(where)
    return knots, np.array([NormalDist().inv_cdf(p) for p in middle])
