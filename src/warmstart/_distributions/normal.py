"""`Normal`: a normal or lognormal number, decoded to the user's unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warmstart._distributions.contract import Answers, Floats, finite, levels_of, spread
from warmstart.errors import InternalError

__all__ = ["Normal"]

_LEAST_VARIANCE = 1e-12  # encoded unit: a constant target must not make an infinite density
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, eq=False)
class Normal:
    """Encoded target z ~ N(mean, variance); y = shift + scale * z, or with `log` the exponential of that."""

    mean: Floats
    """float64[query], encoded unit"""
    variance: Floats
    """float64[query], encoded unit squared"""
    shift: float = 0.0
    scale: float = 1.0
    log: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.shift) and 0 < self.scale < np.inf):
            raise InternalError(f"prediction: shift must be finite, scale above 0; got {self.shift}, {self.scale}")
        object.__setattr__(self, "mean", finite("mean", self.mean))
        object.__setattr__(self, "variance", spread("variance", self.variance, self.mean))

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def family(self) -> str:
        """Always "normal"; `log` says whether of y or of its logarithm."""
        return "normal"

    @property
    def answers(self) -> Answers:
        """All questions about a number."""
        return {
            "mean": self._expectation,
            "std": self._deviation,
            "quantile": self._quantile,
            "sample": self._sample,
            "log_prob": self._log_prob,
        }

    @property
    def _center(self) -> Floats:
        return self.shift + self.scale * self.mean

    @property
    def _width(self) -> Floats:
        return self.scale * np.sqrt(np.maximum(self.variance, _LEAST_VARIANCE))

    def _decode(self, z: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.exp(z) if self.log else z

    def _expectation(self) -> Floats:
        return self._decode(self._center + (0.5 * self._width**2 if self.log else 0.0))

    def _deviation(self) -> Floats:
        with np.errstate(over="ignore"):
            return self._expectation() * np.sqrt(np.expm1(self._width**2)) if self.log else self._width

    def _quantile(self, p: npt.ArrayLike) -> Floats:
        from scipy import special

        return self._decode(self._center + self._width * special.ndtri(levels_of(p)))

    def _sample(self, rng: np.random.Generator, n: int) -> Floats:
        return self._decode(rng.normal(self._center, self._width, size=(n, len(self))))

    def _log_prob(self, y: npt.ArrayLike) -> Floats:
        y = np.asarray(y, dtype=np.float64)
        if not self.log:
            return self._log_density(y)
        positive = y > 0
        z = np.log(np.where(positive, y, 1.0))
        return np.where(positive, self._log_density(z) - z, -np.inf)

    def _log_density(self, z: Floats) -> Floats:
        error: Floats = (z - self._center) / self._width
        return np.asarray(-0.5 * error**2 - np.log(self._width) - _HALF_LOG_2PI)
