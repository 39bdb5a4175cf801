"""The level of a task above a base model: one shrunk number (per output) learned from the support on the link scale."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from warmstart.learners._base_model import noise_of
from warmstart.learners.likelihoods import likelihood
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, Order, draw
from warmstart.types import Latent

__all__ = ["SHOTS", "Level", "Strength", "fit_strength", "level", "trial_order"]

SHOTS = (0, 1, 2, 5, 10, 20)
_PRECISIONS = tuple(float(p) for p in np.geomspace(0.02, 50.0, 12))
_OVERLAPS = (0.0, 0.03, 0.1, 0.3, 1.0)
_PSEUDO_COUNT = 0.5  # sold and foretold, so that a task that sold nothing has a level
_QUERIES = 40
_TRIALS = 2000


class Level(NamedTuple):
    """What the support says about a task's level."""

    mean: np.ndarray
    """float32[tasks, outputs]; of ordered classes [tasks, 1], which moves all cuts"""
    variance: np.ndarray
    """float32[tasks]"""


class Strength(NamedTuple):
    """How far a support is believed."""

    precision: float
    """Of the prior of the level."""
    overlap: float
    """Correlation of support rows, >= 0: k of them tell as much as k / (1 + overlap (k - 1)) independent ones."""
    noise: float
    """The likelihood's own parameter inside a task."""


def level(name: str, link: np.ndarray, y: np.ndarray, weight: np.ndarray, strength: Strength) -> Level:
    """Mode of a Gaussian prior around 0 times the likelihood, by Newton steps for all tasks at once.

    `link` is float32[tasks, support, outputs or cuts], y and weight float32[tasks, support].
    """
    family = likelihood(name)
    tasks, support, width = link.shape
    outputs = 1 if name == "ordinal" else width
    rows = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    told = weight / (1 + strength.overlap * (rows - 1))
    mean = np.zeros((tasks, 1, outputs))
    precision = np.full((tasks, 1), strength.precision)
    for _ in range(family.newton_steps):
        eta = (link + mean).reshape(tasks * support, width)
        at = (eta, y.reshape(-1), np.float64(strength.noise))
        slope, curvature = family.gradient(*at), family.curvature(*at)
        pull = (told[..., None] * slope.reshape(tasks, support, outputs)).sum(axis=1) - strength.precision * mean[:, 0]
        precision = strength.precision + (told * np.reshape(curvature, weight.shape)).sum(axis=1, keepdims=True)
        mean = mean + (pull / precision)[:, None]
    return Level(mean[:, 0].astype(np.float32), (1 / precision[:, 0]).astype(np.float32))


def trial_order(train: TaskArrays) -> Order:
    """The past before the future where time orders the rows of a task, else any rows."""
    return "time" if train.ordered else "random"


def _draw_trials(train: TaskArrays, rng: np.random.Generator) -> Episodes:
    """Training tasks played as new ones: at most 20 support and 40 query rows of at most 2000 tasks."""
    tasks = np.sort(rng.permutation(train.n_tasks)[:_TRIALS])
    return draw(train, trial_order(train), rng, shots=max(SHOTS), queries=_QUERIES, tasks=tasks)


def fit_strength(train: TaskArrays, held_out: np.ndarray, rng: np.random.Generator) -> Strength:
    """The strength under which supports best foretell the queries of training tasks, on a grid.

    `held_out` is float32[rows, outputs or cuts], the cross-fitted base.
    """
    noise = max(_inner_noise(train, held_out), 1e-6)
    scale = noise if train.spec.likelihood == "gaussian" else 1.0
    grid = [Strength(p / scale, overlap, noise) for p, overlap in product(_PRECISIONS, _OVERLAPS)]
    episodes = _draw_trials(train, rng)
    if not len(episodes):
        return grid[len(grid) // 2]
    trial = _trial_arrays(train, held_out, episodes)
    return max(grid, key=lambda strength: _foretold(train.spec.likelihood, trial, strength))


def _foretold(name: str, trial: Mapping[str, Any], strength: Strength) -> float:
    """Mean log density of the queries over tasks and support sizes."""
    total = 0.0
    for k in SHOTS[1:]:
        found = level(name, trial["link"][:, :k], trial["y"][:, :k], trial["weight"][:, :k], strength)
        mean = trial["asked_link"] + found.mean[:, None]
        if mean.shape[-1] == 1:
            mean = mean[..., 0]
        spread = found.variance.reshape(-1, *[1] * (mean.ndim - 1)).astype(np.float64)
        latent = Latent(mean.astype(np.float64), spread + 0 * mean, np.float64(strength.noise))
        density = likelihood(name).log_prob(latent, trial["asked_y"])
        mask = trial["mask"]
        total += float(((density * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1e-12)).mean())
    return total


def _trial_arrays(train: TaskArrays, held_out: np.ndarray, episodes: Episodes) -> dict[str, np.ndarray]:
    support, query = episodes.support.padded(max(SHOTS)), episodes.query.padded(_QUERIES)
    return {
        "link": held_out[support],
        "y": train.y[support],
        "weight": np.where(support >= 0, train.weight[support], 0),
        "asked_link": held_out[query],
        "asked_y": train.y[query],
        "mask": np.where(query >= 0, train.weight[query], 0),
    }


def _inner_noise(train: TaskArrays, held_out: np.ndarray) -> float:
    """Noise left when each task has its own level: residual variance, or dispersion of counts, inside tasks."""
    spec = train.spec
    task, weight = train.task_of_row, train.weight.astype(np.float64)
    if spec.likelihood == "negative_binomial":
        sums = [np.bincount(task, weight * part, train.n_tasks) for part in (train.y, np.exp(held_out[:, 0]))]
        ratio = np.log(sums[0] + _PSEUDO_COUNT) - np.log(sums[1] + _PSEUDO_COUNT)
        return noise_of(spec, held_out + ratio[task, None].astype(np.float32), train.y, train.weight)
    if spec.likelihood != "gaussian":
        return noise_of(spec, held_out, train.y, train.weight)
    residual = train.y - held_out[:, 0]
    rows = np.bincount(task, weight, minlength=train.n_tasks)
    mean = np.bincount(task, weight * residual, minlength=train.n_tasks) / np.maximum(rows, 1e-12)
    free = np.maximum(rows - 1, 0).sum()
    return float((weight * (residual - mean[task]) ** 2).sum() / max(free, 1.0))
