"""`choose_items`: which items of a catalogue to show to an adapted task: the decision of the recommend family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from warmstart.decide.rank import (
    Chances,
    Diversity,
    Filters,
    PlackettLuce,
    Ranking,
    Thompson,
    chances,
    rank,
    reasons,
)
from warmstart.engine.adapted import Adapted
from warmstart.errors import UsageError
from warmstart.prediction import Count, Levels, Normal, Prediction, Scores

__all__ = ["ChosenItems", "choose_items", "chosen_chances"]

_ALL = Filters()


@dataclass(frozen=True, eq=False)
class ChosenItems:
    """Items to show, best place first, and what they were chosen by."""

    task: Adapted
    answer: Prediction
    """About the whole catalogue."""
    ranking: Ranking
    explored: str | None
    """How places were left to chance; None where none was."""

    @property
    def names(self) -> list[str]:
        """names[shown]"""
        return [self.task.model.codec.items[i] for i in self.ranking.items]

    def reasons(self) -> tuple[tuple[tuple[str, float], ...], ...]:
        """For each item shown, what of the support speaks for it."""
        if not self.names:
            return ()
        why = self.task.explain(pl.DataFrame({self.task.model.schema.item: self.names}))
        return reasons(why.parts, why.support)


def choose_items(
    task: Adapted,
    n: int,
    seed: int,
    *,
    filters: Filters = _ALL,
    relevance: float | None = None,
    explore: bool = False,
    temperature: float | None = None,
) -> ChosenItems:
    """At most `n` items that the filters leave; `seed` is of ties and of exploration.

    The filters need not know the items of the support: the task does.
    `relevance` in [0, 1] is that of maximal marginal relevance. With `explore` places are left to chance, by the
    model's own doubt where it tells that and no `temperature` is given, else by the scores alone.
    Errors: `UsageError` for a model without catalogue, or whose answers have no order.
    """
    answer, scores = _scores(task)
    support = task.evidence.support
    own = np.isin(np.arange(len(task.model.codec.items)), support.item[support.weight > 0])
    unlike = None if relevance is None else _diversity(task, relevance)
    noise = _exploration(task, temperature) if explore else None
    ranking = rank(
        scores, n, np.random.default_rng(seed), filters=replace(filters, already=own), diversity=unlike, explore=noise
    )
    return ChosenItems(task, answer, ranking, None if noise is None else noise.name)


def chosen_chances(task: Adapted, shown: Sequence[str], seed: int, draws: int = 300) -> Chances:
    """How likely `choose_items` with `explore` alone would have shown these items, each at its place.

    Estimated from `draws` >= 1 lists. Errors: as of `choose_items`.
    """
    _, scores = _scores(task)
    index = task.model.codec.item_index(pl.Series(shown, dtype=pl.String))
    noise = replace(_exploration(task, None), draws=draws)
    return chances(scores, index, np.random.default_rng(seed), noise)


def _scores(task: Adapted) -> tuple[Prediction, np.ndarray]:
    """What is predicted of the catalogue, and what it is ranked by: float64[items]."""
    if not task.model.codec.items:
        raise UsageError("this model has no catalogue to choose from: `predict` answers about rows")
    answer = task.predict()
    match answer.distribution:
        case Scores(scores=scores):
            return answer, scores
        case Normal() | Count() | Levels():
            return answer, answer.mean
        case _:
            raise UsageError(
                f"items are ranked by scores, numbers, counts and levels; this model predicts a {answer.family} class"
            )


def _diversity(task: Adapted, relevance: float) -> Diversity:
    if not task.model.codec.row.encoders:
        raise UsageError("diversity compares the features of items, and this model's items have none")
    return Diversity(task.model.catalogue, relevance)


def _exploration(task: Adapted, temperature: float | None) -> Thompson | PlackettLuce:
    if temperature is not None:
        return PlackettLuce(temperature)
    variance = task.doubt()
    return PlackettLuce() if variance is None else Thompson(variance)
