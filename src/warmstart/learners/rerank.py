"""`Rerank`: trees that order a shortlist, learned from training tasks played as new ones.

What an item's own past is worth is learned on tasks that its statistics have not seen: those of other folds of task
groups, and, in a second model, those of another half of the time too. The first, LambdaRank (Burges 2010), knows more
of each item. The second knows how fast such knowledge grows old; it learns by log loss, for the order of the very best
would be learned from the few that happened to rise or fall between the halves. Their mean is better than either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import DataError
from warmstart.learners._boosting import Boosting, fit_ranks, folds_of, predict_link
from warmstart.learners._interactions import scores_at, seen
from warmstart.learners._item_statistics import Statistics, fit_statistics
from warmstart.learners._ranges import at_least, positive
from warmstart.learners._shortlist import Asked, features, shortlist
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, Order, draw
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Rerank"]

_AT_ONCE = 256
_QUERIES = 1000


class _Lists(NamedTuple):
    """Shortlists of trial tasks, one after another."""

    x: np.ndarray
    """float32[candidates, features]"""
    hit: np.ndarray
    """bool[candidates]"""
    lengths: np.ndarray
    """int64[lists]"""


_NOTHING = _Lists(np.zeros((0, 0), np.float32), np.zeros(0, bool), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Rerank:
    """Two models over what is known of each candidate; items beyond the shortlist follow by popularity."""

    learning_rate: float = 0.06
    """Of the first model, > 0."""
    pointwise_rate: float = 0.1
    """Of the second, > 0."""
    leaves: int = 15
    min_rows: int = 300
    rounds: int = 150
    """Trees of each model, >= 1."""
    folds: int = 5
    """Of the task groups, >= 2."""
    shots: tuple[int, ...] = (0, 1, 2, 3, 5, 10)
    """Support sizes of the trial tasks."""
    order: Order = "session"
    """How their supports come before what is asked; "random" where there is no time."""
    tasks: int = 20_000
    """Most trial tasks of each model, >= 1."""
    threads: int = 0

    name: ClassVar[str] = "rerank"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"ranking"})

    def __post_init__(self) -> None:
        positive(self, "learning_rate", "pointwise_rate")
        at_least(self, leaves=2, min_rows=1, rounds=1, folds=2, tasks=1, threads=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"statistics": of all tasks, "model0", and "model1" where halves of the time tell of one another: uint8[n]}.

        Errors: `DataError` where no shortlist of a trial task holds an item of its query; `NotReady` without LightGBM.
        """
        rng = np.random.default_rng(context.seed)
        views = [[(train, train)], _halves(train)] if train.time.any() else [[(train, train)]]
        params: dict[str, Any] = {"statistics": fit_statistics(train)}
        for i, view in enumerate(views):
            context.progress(2 * i, 2 * len(views), "playing training tasks as new ones")
            lists = self._lists(view, rng)
            if not lists.hit.any() and i:  # a half may hold no task that comes back
                break
            if not lists.hit.any():
                raise DataError("nothing to learn an order from", expected="tasks that take listed items", got="none")
            context.progress(2 * i + 1, 2 * len(views), "ordering their shortlists")
            rate = self.pointwise_rate if i else self.learning_rate
            boosting = Boosting(rate, self.leaves, self.min_rows, self.rounds, self.threads)
            params[f"model{i}"] = fit_ranks(*lists, boosting, train.spec, context.seed + i, pointwise=i > 0)
        return params

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Asked:
        """Remember the items and the descriptor."""
        return Asked(seen(support).item, np.asarray(descriptor.codes), np.asarray(descriptor.numbers))

    def predict(self, params: Mapping[str, Any], state: Asked, query: Query) -> Latent:
        """Scores [tasks, items]."""
        statistics = params["statistics"]
        listed = shortlist(statistics, state)
        x = features(statistics, state, listed)[listed.real]
        models = [params[name] for name in ("model0", "model1") if name in params]
        score = np.mean([predict_link(model, x, self.threads)[:, 0] for model in models], axis=0)
        owner = np.nonzero(listed.real)[0]
        worst = np.full(len(listed.item), np.inf)
        np.minimum.at(worst, owner, score)
        scores = (worst - 1)[:, None] + np.exp(statistics["later"])  # a share is below 1
        scores[owner, listed.item[listed.real]] = score
        return scores_at(scores.astype(np.float32), query)

    def _lists(self, view: list[tuple[TaskArrays, TaskArrays]], rng: np.random.Generator) -> _Lists:
        """Of trial tasks: each pair is what to count in, and what to ask; never the same task group."""
        found = []
        for known, asked in view:
            fold = folds_of(asked.group, self.folds, rng)
            for f in np.unique(fold):
                statistics = fit_statistics(known.take(np.flatnonzero(fold != f)))
                tasks = rng.permutation(np.flatnonzero(fold == f))[: -(-self.tasks // (self.folds * len(view)))]
                found += [_listed(statistics, *trial) for trial in self._trials(asked.take(tasks), rng)]
        return _Lists(*(np.concatenate(parts) for parts in zip(*found, strict=True))) if found else _NOTHING

    def _trials(self, asked: TaskArrays, rng: np.random.Generator) -> Iterator[tuple[Asked, TaskArrays, Episodes]]:
        """Episodes with supports of a random size, in batches."""
        order: Order = self.order if asked.time.any() else "random"
        episodes = draw(asked, order, rng, shots=max(self.shots), queries=_QUERIES, least=1)
        sizes = rng.choice(self.shots, len(episodes))
        for start in range(0, len(episodes), _AT_ONCE):
            batch = np.arange(start, min(start + _AT_ONCE, len(episodes)))
            part, k = episodes.take(batch), sizes[batch]
            index = part.support.padded(max(self.shots))
            index = np.where(np.arange(index.shape[1]) < k[:, None], index, -1)
            item = np.where(index >= 0, asked.item[np.maximum(index, 0)], -1)
            told = asked.descriptor
            yield Asked(item, told.codes[part.task], told.numbers[part.task]), asked, part


def _halves(train: TaskArrays) -> list[tuple[TaskArrays, TaskArrays]]:
    """Each half of the time, to be asked by what the other says."""
    before, after = train.before_and_after(0.5)
    return [(before, after), (after, before)]


def _listed(statistics: Statistics, asked: Asked, arrays: TaskArrays, episodes: Episodes) -> _Lists:
    """Shortlists of a batch; those without a hit teach nothing and fall away."""
    listed = shortlist(statistics, asked)
    wanted = np.zeros((len(episodes), arrays.spec.items), dtype=bool)
    wanted[episodes.query.owner, arrays.item[episodes.query.values]] = True
    hit = np.take_along_axis(wanted, listed.item, axis=1) & listed.real
    useful = hit.any(axis=1)
    kept = listed.real & useful[:, None]
    return _Lists(features(statistics, asked, listed)[kept], hit[kept], kept.sum(axis=1)[useful])
