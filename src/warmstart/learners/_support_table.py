"""The training table of `SupportFeatures`: many episodes, each with a random number of support rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import DataError
from warmstart.learners._base_model import noise_of
from warmstart.learners._boosting import Table
from warmstart.learners._design import row_matrix, rows_matrix
from warmstart.learners._level import SHOTS, Strength, level, trial_order
from warmstart.learners._support_stats import Side, Told, support_features
from warmstart.learners.likelihoods import likelihood
from warmstart.learners.shifted import strength_of
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.tasks.episodes import Episodes, draw
from warmstart.types import Spec, Support

__all__ = ["Remembered", "Trials", "noise_by_shots", "query_features", "remember", "scale_of", "trial_table"]

_QUERIES = 40
_BATCH = 512
_DRAWS = 30


class Remembered(NamedTuple):
    """The support as the features need it, and the task's level."""

    descriptor: np.ndarray
    """float32[tasks, features]"""
    x: np.ndarray
    """float32[tasks, support, features]"""
    y: np.ndarray
    """float32[tasks, support]"""
    residual: np.ndarray
    """float32[tasks, support, outputs]"""
    weight: np.ndarray
    """float32[tasks, support]"""
    level: np.ndarray
    """float32[tasks, outputs]"""


class Trials(NamedTuple):
    """Query rows of many episodes."""

    x: np.ndarray
    """float32[rows, features]"""
    start: np.ndarray
    """float32[rows, outputs]: the levelled, cross-fitted base"""
    y: np.ndarray
    """float32[rows]"""
    weight: np.ndarray
    """float32[rows]"""
    task: np.ndarray
    """int64[rows]"""
    shots: np.ndarray
    """int64[rows]: support rows of the episode"""

    def table(self, categorical: list[int]) -> Table:
        """What boosting takes."""
        return Table(self.x, self.y, self.weight, self.start, categorical)


def scale_of(design: Mapping[str, Any], train: TaskArrays) -> np.ndarray:
    """float32[2, features]: mean and standard deviation of each training column; the latter -1 for a category."""
    x = row_matrix(design, train.x, train.item)
    codes = (train.catalogue if train.spec.items else train.x).codes.shape[-1]
    numbers = (train.catalogue if train.spec.items else train.x).numbers.shape[-1]
    mean, spread = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    category = np.zeros(x.shape[1], dtype=bool)
    category[numbers : numbers + codes] = True
    return np.asarray(np.nan_to_num([mean, np.where(category, -1, spread)]), dtype=np.float32)


def remember(
    name: str, strength: Strength, descriptor: np.ndarray, x: np.ndarray, link: np.ndarray, support: Support
) -> Remembered:
    """Level and residuals of supports [tasks, support] from the base's link [tasks, support, outputs]."""
    found = level(name, link, support.y, support.weight, strength)
    eta = (link + found.mean[:, None]).astype(np.float64)
    slope = likelihood(name).gradient(eta.reshape(-1, eta.shape[-1]), np.reshape(support.y, -1), np.float64(1))
    residual = slope.reshape(*eta.shape[:2], found.mean.shape[-1]) * (support.weight > 0)[..., None]
    return Remembered(descriptor, x, support.y, residual.astype(np.float32), support.weight, found.mean)


def query_features(scale: np.ndarray, state: Remembered, x: np.ndarray, start: np.ndarray) -> np.ndarray:
    """float32[tasks, query, features]: row, descriptor, levelled base, level, statistics of the support."""
    tasks, asked = x.shape[:2]
    wide = np.concatenate([state.descriptor, state.level], axis=1)
    told = Told(state.y, state.residual, state.weight)
    features = support_features(_side(scale, state.x), _side(scale, x), told)
    descriptor = np.broadcast_to(wide[:, None], (tasks, asked, wide.shape[1]))
    return np.concatenate([x, descriptor, start, features], axis=-1).astype(np.float32)


def _side(scale: np.ndarray, x: np.ndarray) -> Side:
    number, category = scale[1] > 0, scale[1] < 0
    numbers = (x[..., number] - scale[0, number]) / scale[1, number]
    return Side(np.nan_to_num(np.clip(numbers, -5, 5)), x[..., category])


def trial_table(
    params: Mapping[str, Any], train: TaskArrays, held_out: np.ndarray, rows: int, rng: np.random.Generator
) -> Trials:
    """About `rows` query rows of episodes of all tasks; `held_out` is float32[rows, outputs], the cross-fitted base."""
    found: list[Trials] = []
    missing = rows
    for _ in range(_DRAWS):
        tasks = np.sort(rng.permutation(train.n_tasks)[: max(missing // _QUERIES, 1)])
        episodes = draw(train, trial_order(train), rng, shots=max(SHOTS), queries=_QUERIES, tasks=tasks)
        for s in range(0, len(episodes), _BATCH):
            batch = episodes.take(np.arange(s, min(s + _BATCH, len(episodes))))
            found.append(_trials(params, train, held_out, batch, rng.choice(SHOTS, len(batch))))
        missing = rows - sum(len(trials.y) for trials in found)
        if missing <= 0 or not len(episodes):
            break
    if not found:
        raise DataError("no task can be split into support and query", expected="tasks of two rows or more")
    return Trials(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _trials(
    params: Mapping[str, Any], train: TaskArrays, held_out: np.ndarray, episodes: Episodes, shots: np.ndarray
) -> Trials:
    kept = episodes.shown(shots).support
    support, query = kept.padded(max(*SHOTS, int(kept.lengths.max(initial=0)))), episodes.query.padded(_QUERIES)
    real, asked = support >= 0, query >= 0
    known = Support(None, None, train.y[support], np.where(real, train.weight[support], 0), None)
    design = params["design"]
    told = rows_matrix(design["descriptor"], take_rows(train.descriptor, episodes.task))
    x = row_matrix(design, take_rows(train.x, support), train.item[support])
    state = remember(*strength_of(params), told, x, held_out[support], known)
    start = held_out[query] + state.level[:, None]
    x = row_matrix(design, take_rows(train.x, query), train.item[query])
    features = query_features(params["scale"], state, x, start)
    task = np.broadcast_to(episodes.task[:, None], query.shape)
    rows = np.broadcast_to(kept.lengths[:, None], query.shape)
    columns = (features, start, train.y[query], train.weight[query], task, rows)
    return Trials(*(column[asked] for column in columns))


def noise_by_shots(spec: Spec, held_out: np.ndarray, table: Table, shots: np.ndarray) -> np.ndarray:
    """float32[len(SHOTS)]: the likelihood's own parameter among rows with about as many support rows."""
    near = np.abs(np.log1p(shots)[:, None] - np.log1p(SHOTS)).argmin(axis=1)
    groups = [np.flatnonzero(near == i) for i in range(len(SHOTS))]
    groups = [rows if len(rows) else np.arange(len(shots)) for rows in groups]
    noise = [noise_of(spec, held_out[rows], table.y[rows], table.weight[rows]) for rows in groups]
    return np.array(noise, dtype=np.float32)
