"""`LastLabel`: what usually follows the label of the last support row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.learners.task_mean import Pooled, pooled_latent, pooled_link
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LastLabel"]

_PAIR = 2


@dataclass(frozen=True)
class LastLabel:
    """A Markov chain of labels, one row of a task to the next; without a support, the labels' shares among all rows."""

    strength: float = 10.0
    """Pseudo-rows of every label, divided as the shares of all rows, >= 0."""

    name: ClassVar[str] = "last_label"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"bernoulli", "categorical"})

    def __post_init__(self) -> None:
        at_least(self, strength=0)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"next": float64[labels + 1, labels]}: shares of what follows each label, and in the last row of all labels.

        A row is in the order of time where there is time, else as it stands in its task.
        """
        labels = max(train.spec.classes, _PAIR)
        label, weight = train.y.astype(np.int64), train.weight.astype(np.float64)
        share = np.bincount(label, weight, minlength=labels) / max(weight.sum(), 1e-12)
        same = train.task_of_row[1:] == train.task_of_row[:-1]
        follows = np.zeros((labels, labels))
        np.add.at(follows, (label[:-1][same], label[1:][same]), weight[1:][same])
        follows += self.strength * share
        total = follows.sum(axis=1, keepdims=True)
        return {"next": np.concatenate([np.where(total > 0, follows / np.maximum(total, 1e-12), share), share[None]])}

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Pooled:
        """Look at the last row."""
        weight, y = np.asarray(support.weight), np.asarray(support.y).astype(np.int64)
        chances, width = params["next"], weight.shape[1]
        last = width - 1 - np.argmax(weight[:, ::-1] > 0, axis=1) if width else np.zeros(len(weight), np.int64)
        known = (weight > 0).any(axis=1)
        label = np.where(known, y[np.arange(len(y)), last] if width else 0, len(chances) - 1)
        share = chances[label]
        link = pooled_link("categorical", share) if share.shape[1] > _PAIR else pooled_link("bernoulli", share[:, 1:])
        return Pooled(link.astype(np.float32), np.zeros(len(link), np.float32))

    def predict(self, params: Mapping[str, Any], state: Pooled, query: Query) -> Latent:
        """The same for every query row."""
        return pooled_latent(state, query, 0.0)
