"""`rank`: which items of a catalogue to show, in which order; the decision of the recommend family.

Filters first, then scores (with noise, where the shop explores), then diversity. Axes: `items` of the catalogue,
`candidates` that come into question, `shown` places, `support` rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warmstart.decide._diversity import Board, Diversity, turns
from warmstart.decide._exploration import Drawn, Exploration, PlackettLuce, Thompson, propensities, propensity
from warmstart.decide._filters import Filters, Sifted, sift
from warmstart.errors import UsageError

__all__ = ["Chances", "Diversity", "Filters", "PlackettLuce", "Ranking", "Thompson", "chances", "rank", "reasons"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_POOL = 300  # candidates, unless more are asked for: whoever is further down wins by being different alone
_HOPEFUL = 3.0  # deviations above the score: who is further down has no chance worth simulating
_MOST_EXPLORED = 50  # simulating propensities costs the square of the places
_MOST_DIVERSE = 1000  # every pair of candidates is compared


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items to show, best place first, and how they came there."""

    items: Indices
    """int64[shown]: places in the catalogue."""
    scores: Floats
    """float64[shown]: as given, without noise or diversity."""
    before: Indices
    """int64[shown]: the place, from 1, that filters and score alone would have given."""
    propensity: Floats | None
    """float64[shown]: how likely this item was to be shown at this place; None where nothing was left to chance."""
    asked: int
    """Places there were to fill."""
    filtered: Mapping[str, int]
    """Items left out by reason; each counts once, under the first that holds."""

    @property
    def shortfall(self) -> str:
        """Why places stay empty, as a sentence; empty where none does."""
        if len(self.items) == self.asked:
            return ""
        why = ", ".join(f"{count} {reason}" for reason, count in self.filtered.items())
        return f"{len(self.items)} of {self.asked} places filled: no other item is left ({why or 'nothing filtered'})"


def rank(
    scores: npt.ArrayLike,
    n: int,
    rng: np.random.Generator,
    *,
    filters: Filters | None = None,
    diversity: Diversity | None = None,
    explore: Exploration | None = None,
) -> Ranking:
    """The `n` >= 1 items to show, by scores [items]; fewer where fewer are left. Minus infinity keeps an item out.

    Ties are broken by `rng`. Diversity and exploration choose among the 300 best candidates (or n, if that is more):
    who is not among them has no propensity. Under Thompson sampling the best are those with the highest score plus
    three deviations.

    Errors: `UsageError` for n < 1, a score that is no number or infinite, masks or features of another length,
    more than 1000 places with diversity or 50 with exploration, exploration at λ = 0, where scores do not count.

    >>> import numpy as np
    >>> rank([0.1, 0.9, 0.5], 2, np.random.default_rng(0)).items.tolist()
    [1, 2]
    """
    opened = _opened(np.asarray(scores, np.float64), n, rng, filters or Filters(), diversity, explore)
    values, tie, sifted, candidates, board, drawn = opened
    places = min(n, len(candidates))
    shown = np.array([turn.best[0] for turn in turns(board, drawn.noisy[:1], places)], np.int64)
    items = candidates[shown]
    chance = None if explore is None else propensities(explore, board, drawn, shown)
    return Ranking(items, values[items], _before(items, values, tie, sifted), chance, n, sifted.counts)


class Chances(NamedTuple):
    """What a ranking that explores would have made of a list that was shown."""

    shown: Floats
    """float64[places]: how likely this item would have come to this place; 0 for one that is no candidate."""
    lists: Indices
    """int64[draws, places]: lists that it would have shown, as places in the catalogue; -1 where nothing is left."""


def chances(
    scores: npt.ArrayLike,
    shown: npt.ArrayLike,
    rng: np.random.Generator,
    explore: Exploration,
    *,
    filters: Filters | None = None,
    diversity: Diversity | None = None,
) -> Chances:
    """How likely `rank` with these scores would have shown what was shown, place by place.

    `shown`, int[places], are places in the catalogue, -1 for what is not in it. Errors: as of `rank`.
    """
    wanted = np.asarray(shown, np.int64)
    n = len(wanted)
    opened = _opened(np.asarray(scores, np.float64), n, rng, filters or Filters(), diversity, explore)
    candidates, board, drawn = opened.candidates, opened.board, opened.drawn
    who = {int(item): at for at, item in enumerate(candidates)}
    there = [(place, who.get(int(item))) for place, item in enumerate(wanted[: len(candidates)])]
    chance = np.zeros(n)
    for place, candidate in there:
        chance[place] = 0.0 if candidate is None else propensity(explore, board, drawn, candidate, place)
    lists = np.full((len(drawn.noisy), n), -1, np.int64)
    for place, turn in enumerate(turns(board, drawn.noisy, len(there))):
        lists[:, place] = candidates[turn.best]
    return Chances(chance, lists)


def reasons(parts: npt.ArrayLike, labels: Sequence[str], n: int = 3) -> tuple[tuple[tuple[str, float], ...], ...]:
    """For each shown item the 1 to `n` support rows that speak for it most, with their effect; none where none does.

    `parts` [shown, support] is what each support row adds to the score, `labels` [support] its name.

    >>> reasons([[0.3, -0.1], [-0.2, 0.0]], ["tea", "salt"])
    ((('tea', 0.3),), ())
    """
    effects = np.asarray(parts, np.float64)
    order = np.argsort(-effects, axis=1, kind="stable")[:, :n]
    return tuple(
        tuple((labels[s], float(row[s])) for s in best if row[s] > 0) for row, best in zip(effects, order, strict=True)
    )


class _Opened(NamedTuple):
    """A ranking before its places are filled."""

    values: Floats
    tie: Floats
    sifted: Sifted
    candidates: Indices
    board: Board
    drawn: Drawn


def _opened(
    values: Floats,
    n: int,
    rng: np.random.Generator,
    filters: Filters,
    diversity: Diversity | None,
    explore: Exploration | None,
) -> _Opened:
    _check(values, n, diversity, explore)
    sifted = sift(values, filters)
    deviation = np.zeros(values.shape) if explore is None else explore.deviation(len(values))
    tie = rng.random(len(values))
    candidates = _candidates(values + _HOPEFUL * deviation, tie, sifted, n)
    candidates = candidates[np.lexsort((tie[candidates], -values[candidates]))]
    board = _board(candidates, values, sifted, diversity)
    drawn = _drawn(explore, rng, values[candidates], deviation[candidates])
    return _Opened(values, tie, sifted, candidates, board, drawn)


def _check(scores: Floats, n: int, diversity: Diversity | None, explore: Exploration | None) -> None:
    if n < 1:
        raise UsageError(f"a ranking has 1 or more places; got {n}")
    if scores.ndim != 1 or not (scores < np.inf).all():
        raise UsageError(f"scores are numbers below infinity, one an item; got shape {scores.shape}: {scores!s:.80}")
    if diversity is not None and len(diversity) != len(scores):
        raise UsageError(f"diversity needs features of all {len(scores)} items; got those of {len(diversity)}")
    if diversity is not None and n > _MOST_DIVERSE:
        raise UsageError(f"diversity ranks at most {_MOST_DIVERSE} places; got {n}")
    if explore is not None and n > _MOST_EXPLORED:
        raise UsageError(f"exploration ranks at most {_MOST_EXPLORED} places; got {n}")
    if explore is not None and diversity is not None and diversity.relevance == 0:
        raise UsageError("exploration draws scores, and at λ = 0 they do not count; take λ > 0 or do not explore")


def _candidates(hope: Floats, tie: Floats, sifted: Sifted, n: int) -> Indices:
    """int64[candidates]: the best by `hope` [items]; of those that come last only if places are left for them."""
    first = _best(np.flatnonzero(sifted.first), hope, tie, max(n, _POOL))
    if len(first) >= n:
        return first
    return np.concatenate([first, _best(np.flatnonzero(sifted.last), hope, tie, max(n, _POOL))])


def _best(members: Indices, hope: Floats, tie: Floats, most: int) -> Indices:
    if len(members) <= most:
        return members
    members = members[hope[members] >= np.partition(hope[members], -most)[-most]]
    return members[np.lexsort((tie[members], -hope[members]))][:most]


def _board(candidates: Indices, values: Floats, sifted: Sifted, diversity: Diversity | None) -> Board:
    first = sifted.first[candidates]
    if diversity is None or diversity.relevance == 1:
        return Board(1.0, 0.0, None, first)
    reach = float(np.ptp(values[candidates])) if len(candidates) else 0.0
    relevance = diversity.relevance
    return Board(relevance, (1 - relevance) * (reach or 1.0), diversity.likeness(candidates), first)


def _drawn(explore: Exploration | None, rng: np.random.Generator, scores: Floats, deviation: Floats) -> Drawn:
    if explore is None:
        return Drawn(scores, deviation, scores[None])
    return Drawn(scores, deviation, scores + deviation * explore.noise(rng, (1 + explore.draws, len(scores))))


def _before(items: Indices, values: Floats, tie: Floats, sifted: Sifted) -> Indices:
    """int64[shown]: 1 + how many of those left have a better score, or come before those that come last."""

    def place(item: int) -> int:
        better = (values > values[item]) | ((values == values[item]) & (tie < tie[item]))
        if sifted.first[item]:
            return 1 + int((better & sifted.first).sum())
        return 1 + int(sifted.first.sum()) + int((better & sifted.last).sum())

    return np.array([place(int(item)) for item in items], np.int64)
