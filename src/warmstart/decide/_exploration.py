"""Exploration: scores plus noise before they are ranked, and how likely each place was to go to whom it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from warmstart.decide._diversity import Board, Turn, turns
from warmstart.errors import UsageError

__all__ = ["Drawn", "Exploration", "PlackettLuce", "Thompson", "propensities", "propensity"]

Floats = npt.NDArray[np.float64]


class Exploration(Protocol):
    """Independent noise on the score of every item: `deviation` times a standard one."""

    @property
    def name(self) -> str:
        """How the choice is made."""

    @property
    def draws(self) -> int:
        """Simulated rankings from which propensities are estimated."""

    def deviation(self, n: int) -> Floats:
        """float64[items]: how far the noise of each of n items reaches."""

    def noise(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Standard noise of this shape."""

    def below(self, z: Floats) -> Floats:
        """Probability that standard noise is below z, of any shape."""


@dataclass(frozen=True, eq=False)
class Thompson:
    """Each item competes with a draw from its belief, a normal of the score's mean and this variance (Thompson 1933).

    The draws of two items are independent: what their beliefs share is drawn for each apart.
    """

    variance: npt.NDArray[Any]
    """float[items], >= 0: how unsure the mean is, without the noise of single outcomes."""
    draws: int = 1000

    name: ClassVar[str] = "thompson"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.variance).all() and (np.asarray(self.variance) >= 0).all()):
            raise UsageError("the variance of every item must be finite and 0 or more")
        _check_draws(self.draws)

    def deviation(self, n: int) -> Floats:
        """The square root of the variance. Errors: `UsageError` where it is not of n items."""
        if np.shape(self.variance) != (n,):
            raise UsageError(f"one variance for each of {n} items is needed; got {np.shape(self.variance)}")
        return np.sqrt(np.asarray(self.variance, np.float64))

    def noise(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Normal."""
        return rng.normal(size=shape)

    def below(self, z: Floats) -> Floats:
        """Φ(z)."""
        from scipy import special

        return np.asarray(special.ndtr(z))


@dataclass(frozen=True, eq=False)
class PlackettLuce:
    """Each place is drawn among the items left with probability proportional to exp(score / temperature).

    Drawn as the order of scores plus Gumbel noise (Luce 1959; Yellott 1977). Where scores are log odds of a choice,
    temperature 1 explores as the model believes that choices fall.
    """

    temperature: float = 1.0
    """In the unit of the score, > 0."""
    draws: int = 1000

    name: ClassVar[str] = "plackett-luce"

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise UsageError(f"the temperature of exploration is finite and above 0; got {self.temperature}")
        _check_draws(self.draws)

    def deviation(self, n: int) -> Floats:
        """The temperature, for every item."""
        return np.full(n, float(self.temperature))

    def noise(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Gumbel."""
        return rng.gumbel(size=shape)

    def below(self, z: Floats) -> Floats:
        """exp(-exp(-z))"""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(-z)))


class Drawn(NamedTuple):
    """Candidates with noise on their scores."""

    scores: Floats
    """float64[candidates]: without noise."""
    deviation: Floats
    """float64[candidates]: how far the noise of each reaches."""
    noisy: Floats
    """float64[draws, candidates]; the first draw makes the ranking."""


def propensities(explore: Exploration, board: Board, drawn: Drawn, shown: npt.NDArray[np.int64]) -> Floats:
    """float64[places]: estimate of P(this item at this place) for candidates `shown` [places], as the first draw ranks.

    An item comes to a place when its own noise is too small for every place above and large enough for this one. Given
    the noise of all others that has a probability in closed form, and the estimate is its mean over the draws
    (conditional Monte Carlo: Owen 2013, chapter 8): unbiased, with a standard error of at most 0.5 / sqrt(draws). The
    draw that made the ranking would make it too large, and counts only where it would be zero without.
    """
    return np.array([propensity(explore, board, drawn, int(who), place) for place, who in enumerate(shown)], float)


def propensity(explore: Exploration, board: Board, drawn: Drawn, who: int, place: int) -> float:
    """How likely candidate `who` comes to this place, counted from 0; estimated as `propensities` does."""
    above = np.ones(len(drawn.noisy))
    here = above
    for turn in turns(board, drawn.noisy, place + 1, without=who):
        above = np.minimum(above, here)
        here = _loses(explore, board, drawn, who, turn)
    chance = np.maximum(above - here, 0.0)
    return float(chance[1:].mean()) or float(chance.mean())


def _loses(explore: Exploration, board: Board, drawn: Drawn, who: int, turn: Turn) -> Floats:
    """float64[draws]: probability, over its own noise alone, that `who` does not get this place."""
    if not turn.open[who]:
        return np.ones(len(turn.best))
    needed = (turn.height + turn.penalty[:, who]) / board.relevance
    score, deviation = drawn.scores[who], drawn.deviation[who]
    if deviation == 0:  # of equals the first is placed
        return np.asarray(np.where(who < turn.best, score < needed, score <= needed), np.float64)
    return explore.below((needed - score) / deviation)


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise UsageError(f"propensities are estimated from 1 or more draws; got {draws}")
