"""`Comparables`: the mean of the nearest rows, the task's own and those of all others; how prices are set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._boosting import folds_of
from warmstart.learners._level import SHOTS, trial_order
from warmstart.learners._likeness_space import fit_space, place
from warmstart.learners._neighbours import Known, Near, Others, Way
from warmstart.learners._ranges import at_least
from warmstart.learners._row_parts import beside
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.episodes import Batch, draw, gather
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Comparables"]

_QUERIES = 20
_NEIGHBOURS = (1, 3, 5, 10, 20)
_POWERS = (0.0, 1.0)
_ALONG = (0.0, 1.0)
_FAR = (0.0, 0.03, 0.1, 0.3, 1.0, 1e3)


_WAYS = [Way(*way) for way in product(_POWERS, _ALONG, _FAR, map(float, _NEIGHBOURS))]


@dataclass(frozen=True)
class Comparables:
    """k nearest neighbours; number, measure and preference for the own task are chosen at each support size.

    They are those of least squared error where training tasks are asked by rows of other groups. `offset` is ignored.
    """

    rows: int = 20_000
    """Most rows of training tasks that are kept, >= 1."""
    trials: int = 300
    """Most training tasks of a fold that are played as new ones, >= 1."""
    folds: int = 3
    """Of task groups, >= 2."""

    name: ClassVar[str] = "comparables"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, rows=1, trials=1, folds=2)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"space", "x": float32[rows, columns], "y": float32[rows], "ways": float64[shots, 4], "noise"}.

        Errors: `UsageError` for rows that are items of a catalogue.
        """
        if train.spec.items:
            raise UsageError("learner 'comparables' cannot compare items of a catalogue; give rows their own features")
        rng = np.random.default_rng(context.seed)
        ways, noise = self._chosen(train, rng)
        return self._reference(train, rng) | {"ways": np.array(ways), "noise": noise}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Known:
        """Keep the support."""
        x = place(params["space"], support.x, beside(descriptor, np.shape(support.y)[1]))
        return Known(descriptor, x, np.asarray(support.y, np.float32), np.asarray(support.weight, np.float32))

    def predict(self, params: Mapping[str, Any], state: Known, query: Query) -> Latent:
        """Mean of the neighbours; the variance is what such means missed training tasks by."""
        asked = place(params["space"], query.x, beside(state.descriptor, np.shape(query.item)[-1]))
        rows = np.log1p((state.weight > 0).sum(axis=1))
        shot = np.abs(rows[:, None] - np.log1p(SHOTS)).argmin(axis=1)
        mean = np.zeros(asked.shape[:2], np.float32)
        for at in np.unique(shot):
            way, tasks = Way(*map(float, params["ways"][at])), np.flatnonzero(shot == at)
            others = Others.of(params, asked[tasks], way.power)
            near = Near.of(params, state.take(tasks), asked[tasks], others)
            mean[tasks] = near.means(params, way)[..., int(way.neighbours) - 1]
        noise = np.interp(rows, np.log1p(SHOTS), params["noise"]).astype(np.float32)
        return Latent(mean, np.zeros_like(mean), noise[:, None])

    def _reference(self, train: TaskArrays, rng: np.random.Generator) -> dict[str, Any]:
        """The space of these tasks, and their rows in it."""
        space = fit_space(train)
        index = np.flatnonzero(train.weight > 0)
        index = np.sort(rng.permutation(index)[: self.rows])
        told = take_rows(train.descriptor, train.task_of_row[index])
        return {"space": space, "x": place(space, take_rows(train.x, index), told), "y": train.y[index]}

    def _chosen(self, train: TaskArrays, rng: np.random.Generator) -> tuple[list[Way], np.ndarray]:
        """At each support size the way of least squared error, and that error float64[shots]."""
        fold = folds_of(train.group, self.folds, rng)
        errors = [self._errors(train, fold == each, rng) for each in np.unique(fold)]
        total = np.sum(errors, axis=0)  # [ways + 1, shots], the last row counts tasks
        tried = np.flatnonzero(total[-1])
        if not len(tried):
            return [_WAYS[0]] * len(SHOTS), np.full(len(SHOTS), max(float(train.y.var()), 1e-6))
        # A support size that no training task has is answered as the next smaller one.
        total = total[:, tried[np.searchsorted(tried, np.arange(len(SHOTS)), side="right").clip(1) - 1]]
        mean = np.maximum(total[:-1] / total[-1], 1e-6)
        best = _smoothed(mean / mean.min(axis=0), total[-1]).argmin(axis=0)
        return [_WAYS[at] for at in best], mean[best, np.arange(len(SHOTS))]

    def _errors(self, train: TaskArrays, asked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """float64[ways + 1, shots]: squared error of every way, summed over tasks that are asked, and their number."""
        found = np.zeros((len(_WAYS) + 1, len(SHOTS)))
        tasks = np.sort(rng.permutation(np.flatnonzero(asked))[: self.trials])
        episodes = draw(train, trial_order(train), rng, shots=max(SHOTS), queries=_QUERIES, tasks=tasks)
        if asked.all() or not len(episodes):
            return found
        params = self._reference(train.take(np.flatnonzero(~asked)), rng)
        batch = gather(train, episodes, max(SHOTS), queries=_QUERIES)
        at = place(params["space"], batch.query.x, beside(batch.descriptor, _QUERIES))
        others = {power: Others.of(params, at, power) for power in _POWERS}
        for i, shot in enumerate(SHOTS):
            full = np.flatnonzero(episodes.support.lengths >= shot)
            if len(full):
                told = gather(train, episodes.take(full).shown(shot), max(SHOTS), queries=_QUERIES)
                near = {power: each.take(full) for power, each in others.items()}
                found[:, i] = self._errors_at(params, told, at[full], near)
        return found

    def _errors_at(
        self, params: Mapping[str, Any], batch: Batch, asked: np.ndarray, others: Mapping[float, Others]
    ) -> np.ndarray:
        """float64[ways + 1] of one support size."""
        state = self.adapt(params, batch.descriptor, batch.support)
        near = {power: Near.of(params, state, asked, each) for power, each in others.items()}
        rows = np.maximum(batch.mask.sum(axis=1), 1e-12)
        found = []
        for power, along, far in product(_POWERS, _ALONG, _FAR):
            said = near[power].means(params, Way(power, along, far, 1.0))[..., np.array(_NEIGHBOURS) - 1]
            square = ((said - batch.y[..., None]) ** 2 * batch.mask[..., None]).sum(axis=1)
            found.append((square / rows[:, None]).sum(axis=0))
        return np.append(np.concatenate(found), len(rows))


def _smoothed(regret: np.ndarray, tasks: np.ndarray) -> np.ndarray:
    """float64[ways, shots]: mean with half as much of either neighbouring support size, by the number of tasks."""
    apart = np.abs(np.arange(len(tasks))[:, None] - np.arange(len(tasks)))
    weight = np.where(apart > 1, 0, 0.5**apart) * tasks[:, None]
    return np.asarray(regret @ weight / weight.sum(axis=0))
