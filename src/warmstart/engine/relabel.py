"""`Relabel`: targets that a fitted teacher draws in place of the data's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.engine.answer import class_probabilities, count_moments
from warmstart.engine.bound import Bound
from warmstart.learners.contract import Params
from warmstart.tasks.episodes import Batch
from warmstart.types import Latent

__all__ = ["Relabel", "draw_targets"]


@dataclass(frozen=True)
class Relabel:
    """Of a batch's query rows a share keeps its target; the others get one that the teacher draws given the support."""

    bound: Bound
    params: Params
    prepared: Any
    truth: float

    def __call__(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """The batch with its new targets."""
        state = self.bound.adapt(self.params, self.prepared, batch.descriptor, batch.support)
        latent = self.bound.predict(self.params, self.prepared, state, batch.query)
        drawn = draw_targets(latent, self.bound.spec.likelihood, rng)
        kept = rng.random(batch.y.shape) < self.truth
        return batch._replace(y=np.where(kept, batch.y, drawn).astype(np.float32))


def draw_targets(latent: Latent, likelihood: str, rng: np.random.Generator) -> np.ndarray:
    """float64[tasks, query]: one draw from each belief, encoded as targets are."""
    if likelihood == "gaussian":
        spread = np.sqrt(np.asarray(latent.variance + latent.noise, np.float64))
        return np.asarray(latent.mean + spread * rng.normal(size=latent.mean.shape))
    if likelihood == "negative_binomial":
        mean, variance = count_moments(latent)
        shape = mean**2 / np.maximum(variance - mean, 1e-9 * mean**2)
        return np.asarray(rng.poisson(rng.gamma(shape, mean / shape)), np.float64)
    chance = class_probabilities(latent, likelihood).cumsum(axis=-1)
    place = rng.random((*chance.shape[:-1], 1)) * chance[..., -1:]
    return np.asarray((place > chance).sum(axis=-1), np.float64)
