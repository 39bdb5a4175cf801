"""`SupportFeatures`: boosting over row, descriptor and statistics of the support; often the hardest baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._base_model import base_link, fit_base, is_ordered, latent_mean, link_of, scores_of
from warmstart.learners._boosting import Boosting, cross_fit, folds_of, predict_link
from warmstart.learners._design import categorical_columns, row_matrix, rows_matrix
from warmstart.learners._level import SHOTS, fit_strength
from warmstart.learners._ranges import at_least, positive
from warmstart.learners._support_table import (
    Remembered,
    noise_by_shots,
    query_features,
    remember,
    scale_of,
    trial_table,
)
from warmstart.learners.contract import Context
from warmstart.learners.shifted import strength_of, strength_params
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["SupportFeatures"]


@dataclass(frozen=True)
class SupportFeatures:
    """Trees that correct `Shifted`, trained on episodes with 0 … 20 support rows; `offset` is ignored.

    Each episode's base prediction comes from a model that has not seen its group, as it will be for a new task.
    """

    learning_rate: float = 0.1
    leaves: int = 15
    min_rows: int = 40
    max_rounds: int = 1000
    folds: int = 3
    threads: int = 0
    rows: int = 200_000
    """Most query rows to train on, >= 1."""

    name: ClassVar[str] = "support_features"
    likelihoods: ClassVar[frozenset[str]] = frozenset(
        {"gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal"}
    )

    def __post_init__(self) -> None:
        positive(self, "learning_rate")
        at_least(self, leaves=2, min_rows=1, max_rounds=1, folds=2, threads=0, rows=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Those of `Shifted`, "scale": float32[2, features], "model": uint8[bytes], "shot_noise": float32[shots]."""
        rng = np.random.default_rng(context.seed)
        boosting = Boosting(self.learning_rate, self.leaves, self.min_rows, self.max_rounds, self.threads)
        context.progress(0, 2, "global model")
        base = fit_base(train, boosting, self.folds, context.seed)
        strength = fit_strength(train, base.held_out, rng)
        params = base.params | strength_params(train.spec, strength)
        params["scale"] = scale_of(params["design"], train)
        context.progress(1, 2, "model with support statistics")
        trials = trial_table(params, train, base.held_out, self.rows, rng)
        fold = folds_of(train.group[trials.task], self.folds, rng)
        start = scores_of(trials.start, ordered=is_ordered(params))
        table = trials.table(categorical_columns(train))._replace(start=start)
        fitted = cross_fit(table, fold, boosting, train.spec, context.seed)
        noise = noise_by_shots(train.spec, fitted.held_out, table, trials.shots)
        return params | {"model": fitted.model, "shot_noise": noise}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Remembered:
        """Learn the level; keep the support and what the levelled base gets wrong on it."""
        told = rows_matrix(params["design"]["descriptor"], descriptor)
        link = base_link(params, told, support.x, support.item, self.threads)
        x = row_matrix(params["design"], support.x, support.item)
        return remember(*strength_of(params), told, x, link, support)

    def predict(self, params: Mapping[str, Any], state: Remembered, query: Query) -> Latent:
        """The levelled base plus what the trees add."""
        x = row_matrix(params["design"], query.x, query.item)
        start = base_link(params, state.descriptor, query.x, query.item, self.threads) + state.level[:, None]
        features = query_features(params["scale"], state, x, start)
        added = predict_link(params["model"], features.reshape(-1, features.shape[-1]), self.threads)
        ordered = is_ordered(params)
        scores = scores_of(start, ordered=ordered)
        mean = latent_mean(link_of(scores + added.reshape(scores.shape), ordered=ordered), ordered=ordered)
        rows = (state.weight > 0).sum(axis=1)
        noise = np.interp(np.log1p(rows), np.log1p(SHOTS), params["shot_noise"]).astype(np.float32)
        return Latent(mean, np.zeros_like(mean), noise.reshape(-1, *[1] * (mean.ndim - 1)))
