"""`Bias`: mean plus how high the item and the user rate; the simplest honest model of ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._ranges import at_least
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["Bias", "UserBias"]


class UserBias(NamedTuple):
    """How much higher than the mean each user rates."""

    bias: np.ndarray
    """float32[tasks]"""
    variance: np.ndarray
    """float32[tasks]"""


@dataclass(frozen=True)
class Bias:
    """y = mean + item + user + noise with normal priors; variances by EM. Source: Koren 2010, section 2.1."""

    rounds: int = 10
    """Alternations between users, items and their variances, >= 1."""

    name: ClassVar[str] = "bias"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, rounds=1)

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"mean", "user_variance", "noise": float64[], "item", "item_variance": float32[items]}."""
        if not train.spec.items:
            raise UsageError("bias cannot predict rows without items; expected a column with the role 'item'")
        real = train.item >= 0
        user, item = train.task_of_row[real], train.item[real]
        y, weight = train.y[real].astype(np.float64), train.weight[real].astype(np.float64)
        mean = float((weight * y).sum() / max(weight.sum(), 1e-12))
        users, items = _Side(user, train.n_tasks), _Side(item, train.spec.items)
        noise = max(float((weight * (y - mean) ** 2).sum() / max(weight.sum(), 1e-12)), 1e-6)
        by_item = _Effects(np.zeros(items.size), np.zeros(items.size), noise / 4)
        by_user = _Effects(np.zeros(users.size), np.zeros(users.size), noise / 4)
        for _ in range(self.rounds):
            by_item = items.effects(y - mean - by_user.mean[user], weight, by_item, noise)
            by_user = users.effects(y - mean - by_item.mean[item], weight, by_user, noise)
            left = (y - mean - by_user.mean[user] - by_item.mean[item]) ** 2
            unsure = by_user.variance[user] + by_item.variance[item]
            noise = max(float((weight * (left + unsure)).sum() / max(weight.sum(), 1e-12)), 1e-6)
        return {
            "mean": np.array(mean),
            "item": by_item.mean.astype(np.float32),
            "item_variance": by_item.variance.astype(np.float32),
            "user_variance": np.array(by_user.spread),
            "noise": np.array(noise),
        }

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> UserBias:
        """Shrunk mean of what the item effects leave over; an item that is not known counts as average, but less."""
        weight = np.asarray(support.weight, dtype=np.float64)
        effect, unsure = _item_effects(params, support.item)
        trust = weight / (params["noise"] + unsure)
        precision = trust.sum(axis=1) + 1 / params["user_variance"]
        bias = (trust * (support.y - params["mean"] - effect)).sum(axis=1) / precision
        return UserBias(bias.astype(np.float32), (1 / precision).astype(np.float32))

    def predict(self, params: Mapping[str, Any], state: UserBias, query: Query) -> Latent:
        """Sum of the effects; query items are [tasks, query], or [query] shared by all tasks."""
        effect, unsure = _item_effects(params, query.item)
        mean = params["mean"] + effect + state.bias[:, None]
        variance = np.broadcast_to(unsure + state.variance[:, None], mean.shape)
        return Latent(mean.astype(np.float32), variance.astype(np.float32), np.float32(params["noise"]))


class _Effects(NamedTuple):
    """Normal posteriors of one side's effects, and their prior variance."""

    mean: np.ndarray
    variance: np.ndarray
    spread: float


@dataclass(frozen=True)
class _Side:
    """Users or items: whom each row belongs to, and how many there are."""

    owner: np.ndarray
    size: int

    def effects(self, left: np.ndarray, weight: np.ndarray, prior: _Effects, noise: float) -> _Effects:
        """Posteriors given what the other side leaves over, and the prior variance that fits them (one EM step).

        The prior stays around 0: new items are rated like the mean rating, not like the many rare items.
        """
        rows = np.bincount(self.owner, weight, minlength=self.size)
        sums = np.bincount(self.owner, weight * left, minlength=self.size)
        variance = 1 / (rows / noise + 1 / prior.spread)
        mean = variance * sums / noise
        seen = rows > 0
        if not seen.any():
            return _Effects(mean, variance, prior.spread)
        return _Effects(mean, variance, max(float((mean[seen] ** 2 + variance[seen]).mean()), 1e-6))


def _item_effects(params: Mapping[str, Any], item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of item effects; for item -1 those of an item that nobody has rated."""
    known = np.asarray(item) >= 0
    place = np.maximum(item, 0)
    most = params["item_variance"].max(initial=0)
    return np.where(known, params["item"][place], 0), np.where(known, params["item_variance"][place], most)
