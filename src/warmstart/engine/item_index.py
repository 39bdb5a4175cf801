"""`ItemIndex`: the best items of very many tasks out of a very large catalogue, without scoring every pair.

Items and tasks become vectors whose inner product is the score; each item gets a coordinate that makes all items
equally long, so that the nearest items are those with the largest product (Bachrach et al. 2014), and a graph of
neighbours finds them (HNSW, Malkov and Yashunin 2018; library `usearch`). What it finds, and the items of the support,
are scored exactly: a list may miss an item, but never misjudges one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from warmstart.engine.adapted import AdaptedTasks
from warmstart.engine.bound import Evidence
from warmstart.engine.model import MetaModel
from warmstart.errors import NotReady, UsageError
from warmstart.learners.contract import InnerProduct
from warmstart.types import Query, Rows

__all__ = ["Best", "ItemIndex"]

_SPARE = 2  # times as many candidates as are asked for


class Best(NamedTuple):
    """The best items of tasks, best first."""

    item: np.ndarray
    """int64[tasks, n]: place in the catalogue"""
    score: np.ndarray
    """float32[tasks, n]"""


@dataclass(frozen=True)
class ItemIndex:
    """An index over the catalogue of one model."""

    model: MetaModel
    graph: Any
    """A `usearch` index over float32[items, features + 1]."""

    @classmethod
    def of(cls, model: MetaModel, *, links: int = 16, breadth: int = 64, threads: int = 0) -> Self:
        """Index the catalogue: `links` neighbours an item, `breadth` candidates in a search, 0 threads for all cores.

        Memory: about 4 (features + 1) + 8 links bytes an item. Errors: `UsageError` for a learner whose score is not an
        inner product, or a model without a ranking; `NotReady` without the package usearch.
        """
        learner = model.learner
        if not isinstance(learner, InnerProduct) or model.codec.target.likelihood != "ranking":
            raise UsageError(
                f"an index of items needs a ranking by an inner product, as bayes_head's; got {learner.name}"
            )
        vectors = np.asarray(learner.item_vectors(model.prepared), np.float32)
        square = (vectors**2).sum(axis=1)
        level = np.sqrt(np.maximum(square.max(initial=0) - square, 0))
        graph = _library().Index(
            ndim=vectors.shape[1] + 1,
            metric="l2sq",
            dtype="f32",
            connectivity=links,
            expansion_add=2 * breadth,
            expansion_search=breadth,
        )
        graph.add(np.arange(len(vectors)), np.column_stack([vectors, level]), threads=threads)
        return cls(model, graph)

    def top(self, tasks: AdaptedTasks, n: int = 20, *, threads: int = 0) -> Best:
        """The n best items of each task; n at most the catalogue. Errors: `UsageError` for tasks of another model."""
        if tasks.model is not self.model:
            raise UsageError("an index answers for the model that it was made of")
        n = min(n, len(self.graph))
        best = Best(np.zeros((len(tasks), n), np.int64), np.zeros((len(tasks), n), np.float32))
        for batch, (evidence, state) in enumerate(tasks.held):
            members = np.flatnonzero(tasks.place[:, 0] == batch)
            found = self._batch(evidence, state, n, threads)
            for whole, part in zip(best, found, strict=True):
                whole[members] = part[tasks.place[members, 1]]
        return best

    def _batch(self, evidence: Evidence, state: Any, n: int, threads: int) -> Best:
        model, learner = self.model, self.model.learner
        wanted = np.asarray(learner.task_vectors(state), np.float32)
        asked = np.column_stack([wanted, np.zeros(len(wanted), np.float32)])
        near = _found(self.graph.search(asked, min(_SPARE * n, len(self.graph)), threads=threads), len(asked))
        own = np.asarray(evidence.support.item)
        item = np.sort(np.concatenate([near, own], axis=1), axis=1)
        nothing = np.zeros((*item.shape, 0), np.float32)
        query = Query(Rows(nothing, nothing.astype(np.int32)), item.astype(np.int32), np.zeros(item.shape, np.float32))
        score = np.array(model.bound.predict(model.params, model.prepared, state, query).mean, np.float32)
        score[(item < 0) | (np.diff(item, axis=1, prepend=-1) == 0)] = -np.inf
        best = np.argsort(-score, axis=1)[:, :n]
        return Best(np.take_along_axis(item, best, axis=1), np.take_along_axis(score, best, axis=1))


def _found(matches: Any, tasks: int) -> np.ndarray:
    """int64[tasks, most]: what a search gave each task; -1 where it gave fewer."""
    if tasks == 1:  # then the library leaves the axis out
        return np.asarray(matches.keys.astype(np.int64)[None])
    given = np.arange(matches.keys.shape[1]) < matches.counts[:, None]
    return np.where(given, matches.keys.astype(np.int64), -1)


def _library() -> Any:
    try:
        import usearch.index
    except ImportError as error:
        raise NotReady("an index of items needs the package usearch: pip install 'warmstart[index]'") from error
    return usearch.index
