"""`Count`: a negative binomial number of events, or a Poisson one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warmstart._distributions.contract import Answers, Floats, finite, levels_of, spread

__all__ = ["Count"]


@dataclass(frozen=True, eq=False)
class Count:
    """Negative binomial with this mean and variance; Poisson where the variance does not exceed the mean."""

    mean: Floats
    """float64[query], in the user's unit"""
    variance: Floats
    """float64[query]"""

    def __post_init__(self) -> None:
        mean = finite("mean", self.mean)
        object.__setattr__(self, "mean", spread("mean", mean, mean))
        object.__setattr__(self, "variance", np.maximum(spread("variance", self.variance, mean), mean))

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def family(self) -> str:
        """Always "count"."""
        return "count"

    @property
    def answers(self) -> Answers:
        """All questions about a number."""
        return {
            "mean": lambda: self.mean,
            "std": lambda: np.sqrt(self.variance),
            "quantile": self._quantile,
            "sample": self._sample,
            "log_prob": self._log_prob,
        }

    @property
    def _poisson(self) -> npt.NDArray[np.bool_]:
        return self.variance - self.mean <= 1e-9 * self.mean

    @property
    def _size(self) -> Floats:
        """Number of failures r of the negative binomial; 1 where it is not used."""
        excess = self.variance - self.mean
        return np.divide(self.mean**2, excess, out=np.ones_like(self.mean), where=~self._poisson)

    @property
    def _rate(self) -> Floats:
        return np.divide(self.mean, self.variance, out=np.ones_like(self.mean), where=~self._poisson)

    def _cdf(self, y: Floats) -> Floats:
        """P(count <= y) for y >= 0."""
        from scipy import special

        negative_binomial: Floats = special.betainc(self._size, y + 1, self._rate)
        poisson: Floats = special.pdtr(y, self.mean)
        return np.where(self._poisson, poisson, negative_binomial)

    def _quantile(self, p: npt.ArrayLike) -> Floats:
        """The least count whose cumulative probability reaches p: bisection under Cantelli's bound."""
        levels = levels_of(p)
        high = np.ceil(self.mean + np.sqrt(self.variance * levels / (1 - levels)))
        low = np.full_like(high, -1.0)
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            reached = (self._cdf(np.maximum(middle, 0)) >= levels) & (middle >= 0)
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.asarray(high)

    def _sample(self, rng: np.random.Generator, n: int) -> Floats:
        """A Poisson whose rate is drawn from a gamma: that mixture is the negative binomial."""
        gamma = rng.gamma(self._size, size=(n, len(self))) / self._size
        return rng.poisson(self.mean * np.where(self._poisson, 1.0, gamma)).astype(np.float64)

    def _log_prob(self, y: npt.ArrayLike) -> Floats:
        from scipy import special

        y = np.asarray(y, dtype=np.float64)
        is_count = (y >= 0) & (y == np.floor(y)) & np.isfinite(y)
        k = np.where(is_count, y, 0.0)
        r, rate = self._size, self._rate
        choose = special.gammaln(k + r) - special.gammaln(r)
        negative_binomial = choose + special.xlogy(r, rate) + special.xlog1py(k, -rate)
        poisson = special.xlogy(k, self.mean) - self.mean
        log_mass = np.where(self._poisson, poisson, negative_binomial) - special.gammaln(k + 1)
        return np.where(is_count, log_mass, -np.inf)
