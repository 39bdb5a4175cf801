"""`LatentFactors`: ratings as products of user and item vectors that start at what descriptor and content say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy import sparse

from warmstart.errors import UsageError
from warmstart.learners._content import block_of_column, content_matrix, fit_content
from warmstart.learners._factor_side import Evidence, Side, expected_outer, posterior, widened, with_one
from warmstart.learners._ranges import at_least, positive
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LatentFactors", "UserVector"]


class UserVector(NamedTuple):
    """Belief about the vectors of users: level, then factors."""

    mean: np.ndarray
    """float32[tasks, 1 + factors]"""
    covariance: np.ndarray
    """float32[tasks, 1 + factors, 1 + factors]"""


@dataclass(frozen=True)
class LatentFactors:
    """y = mean + level of the user + level of the item + product of their factors + noise; all vectors are Gaussian.

    A user's vector has its prior at a regression on the descriptor, an item's at a regression on its content, each
    block of columns with its own precision; fitted by variational EM. An item that nobody rated is what its content
    says, no surer. How often an item was rated is a column of its content: common items rate higher, and a new one is
    taken for as common as that of an average row. Source: Agarwal and Chen 2009 (regression-based latent factors);
    MacKay 1992 (precisions).
    """

    factors: int = 24
    """Besides the level, >= 1."""
    max_rounds: int = 40
    """Alternations between users and items, >= 1."""
    tolerance: float = 2e-3
    """Stop when a round changes the noise by less than this share, > 0."""
    columns: int = 500
    """Most columns that one category, set or text becomes, >= 1."""
    popularity: float = 0.25
    """An item with n ratings counts n to this power when content is learned, >= 0: rows ask for common items more."""
    passes: int = 2
    """Times that a support's rows are weighed by what is then believed of the user, >= 1."""

    name: ClassVar[str] = "latent_factors"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, factors=1, max_rounds=1, columns=1, popularity=0, passes=1)
        positive(self, "tolerance")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"mean", "noise": float64[], "item", "item_covariance": of all items and an unknown one, "user": prior}."""
        if not train.spec.items:
            raise UsageError("latent_factors cannot predict rows without items; expected a column with the role 'item'")
        ratings = _Ratings.of(train)
        users, items, content = self._start(train, ratings, context.seed)
        noise = ratings.variance
        for done in range(self.max_rounds):
            context.progress(done, self.max_rounds, f"noise {noise:.4f}")
            items = items.informed(ratings.by_item(users, noise)).learned(ratings.worth_of_items(self.popularity))
            users = users.informed(ratings.by_user(items, noise)).learned(ratings.worth_of_users)
            before, noise = noise, ratings.noise(users, items)
            if abs(noise - before) < self.tolerance * before:
                break
        items = items.informed(ratings.by_item(users, noise))
        return _params(ratings.mean, noise, users, items, content)

    def _start(self, train: TaskArrays, ratings: _Ratings, seed: int) -> tuple[Side, Side, dict[str, Any]]:
        """Users at zero factors, touched items at small random ones, and what descriptors are made into columns by."""
        rng = np.random.default_rng(seed)
        touched = np.unique(train.item[train.item >= 0])
        told = fit_content(train.descriptor, self.columns)
        shown = fit_content(take_rows(train.catalogue, touched), self.columns)
        width = 1 + self.factors
        vectors = rng.normal(size=(train.n_tasks, width)) * 0.3
        vectors[:, 0] = 0
        users = Side.start(content_matrix(told, train.descriptor), block_of_column(told), vectors, 0.3)
        x, block = content_matrix(shown, train.catalogue), block_of_column(shown)
        x, block = sparse.hstack([x, ratings.fame[:, None]], format="csr"), np.append(block, block.max() + 1)
        items = Side.start(x, block, np.zeros((train.spec.items, width)), 0.3)
        return users, items, told

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> UserVector:
        """Gaussian posterior of each user's vector; what is not known of an item adds to the noise of its row."""
        user = params["user"]
        x = content_matrix(user["content"], descriptor)
        prior = x @ user["weights"], widened(user["spread"], x, user["doubt"])
        item = np.where(np.asarray(support.item) >= 0, support.item, len(params["item"]) - 1)
        vector = params["item"][item].astype(np.float64)
        left = support.y - params["mean"] - vector[..., 0]
        feature = vector.copy()
        feature[..., 0] = 1
        mean, covariance = prior
        for _ in range(self.passes):
            unsure = _at(params["item_covariance"], item, expected_outer(mean, covariance))
            trust = np.asarray(support.weight) / (params["noise"] + unsure)
            weighed = feature * trust[..., None]
            told = Evidence(np.swapaxes(weighed, 1, 2) @ feature, (weighed * left[..., None]).sum(axis=1))
            mean, covariance = posterior(*prior, told)
        return UserVector(mean.astype(np.float32), covariance.astype(np.float32))

    def predict(self, params: Mapping[str, Any], state: UserVector, query: Query) -> Latent:
        """Products at the query items, [tasks, query], or [query] shared by all tasks; unsure of user and item."""
        mean, covariance = np.asarray(state.mean, np.float64), np.asarray(state.covariance, np.float64)
        item = np.where(np.asarray(query.item) >= 0, query.item, len(params["item"]) - 1)
        distinct, place = np.unique(item, return_inverse=True)
        vector = params["item"][distinct].astype(np.float64)
        feature = with_one(vector)
        level = params["mean"] + vector[:, 0] + mean @ feature.T
        outer = (feature[:, :, None] * feature[:, None, :]).reshape(len(feature), -1)
        spread = params["item_covariance"][distinct].reshape(len(feature), -1)
        variance = covariance.reshape(len(mean), -1) @ outer.T
        variance += expected_outer(mean, covariance).reshape(len(mean), -1) @ spread.T
        level, variance = (_taken(each, place.reshape(item.shape)) for each in (level, variance))
        return Latent(level.astype(np.float32), variance.astype(np.float32), np.float32(params["noise"]))


def _taken(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Columns of [tasks, distinct] at `place`, [tasks, query] or shared [query]."""
    return np.take_along_axis(table, place, axis=1) if place.ndim > 1 else table[:, place]


def _at(covariance: np.ndarray, item: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """float64[tasks, support]: Σ covariance of each item · outer of its task."""
    distinct, place = np.unique(item, return_inverse=True)
    flat = covariance[distinct].reshape(len(distinct), outer.shape[1] * outer.shape[2])
    return _taken(outer.reshape(len(outer), -1) @ flat.T, place.reshape(item.shape))


def _params(mean: float, noise: float, users: Side, items: Side, content: dict[str, Any]) -> dict[str, Any]:
    unknown = items.weights[:1], widened(items.spread, items.x, items.doubt).mean(axis=0, keepdims=True)
    return {
        "mean": np.array(mean),
        "noise": np.array(noise),
        "item": np.concatenate([items.mean, unknown[0]]).astype(np.float32),
        "item_covariance": np.concatenate([items.covariance, unknown[1]]).astype(np.float32),
        "user": {"content": content, "weights": users.weights, "doubt": users.doubt, "spread": users.spread},
    }


@dataclass(frozen=True, eq=False)
class _Ratings:
    """Training rows as sparse matrices [users, items]: their weights, and weights times what is above the mean."""

    mean: float
    variance: float
    weight: sparse.csr_matrix
    above: sparse.csr_matrix
    square: float
    """Sum of weighted squares above the mean."""

    @classmethod
    def of(cls, train: TaskArrays) -> _Ratings:
        real = (train.item >= 0) & (train.weight > 0)
        weight, y = train.weight[real].astype(np.float64), train.y[real].astype(np.float64)
        total = max(weight.sum(), 1e-12)
        mean = float((weight * y).sum() / total)
        square = float((weight * (y - mean) ** 2).sum())
        at = train.task_of_row[real], train.item[real]
        shape = train.n_tasks, train.spec.items
        weights, above = (sparse.csr_matrix((v, at), shape=shape) for v in (weight, weight * (y - mean)))
        return cls(mean, max(square / total, 1e-6), weights, above, square)

    @property
    def fame(self) -> np.ndarray:
        """float64[items]: logarithm of an item's rows above that of the item of an average row; 0 without rows."""
        rows = np.asarray(self.weight.sum(axis=0)).ravel()
        height = np.log(np.maximum(rows, 1e-12))
        usual = (rows * height).sum() / rows.sum()
        return np.where(rows > 0, height - usual, 0)

    def worth_of_items(self, popularity: float) -> np.ndarray:
        """float64[items]: rows to the power of `popularity`, 0 for an item without rows."""
        rows = np.asarray(self.weight.sum(axis=0)).ravel()
        return np.where(rows > 0, np.maximum(rows, 1e-12) ** popularity, 0)

    @property
    def worth_of_users(self) -> np.ndarray:
        """float64[users]: 1 for a user with rows, else 0."""
        return (np.asarray(self.weight.sum(axis=1)).ravel() > 0).astype(float)

    def by_user(self, items: Side, noise: float) -> Evidence:
        return _told(self.weight, self.above, items, noise)

    def by_item(self, users: Side, noise: float) -> Evidence:
        return _told(self.weight.T.tocsr(), self.above.T.tocsr(), users, noise)

    def noise(self, users: Side, items: Side) -> float:
        """Expected squared error of a row, over the posteriors of both sides."""
        told = _told(self.weight, self.above, items, 1.0)
        # Σ w E[(y - b - u·f)²] = Σ w (y - b)² - 2 u·pull + E[u uᵀ]·precision
        level = items.mean[:, 0]
        squares = self.square - 2 * float((self.above @ level).sum())
        squares += float((self.weight @ (level**2 + items.covariance[:, 0, 0])).sum())
        outer = users.mean[:, :, None] * users.mean[:, None, :] + users.covariance
        squares += float((outer * told.precision).sum() - 2 * (users.mean * told.pull).sum())
        return max(squares / max(float(self.weight.sum()), 1e-12), 1e-6)


def _told(weight: sparse.csr_matrix, above: sparse.csr_matrix, other: Side, noise: float) -> Evidence:
    """What ratings say of one side's vectors [n, factors], given the posteriors of the other side's."""
    width = other.mean.shape[1]
    outer = expected_outer(other.mean, other.covariance)
    crossed = other.mean[:, :1] * with_one(other.mean)
    crossed[:, 1:] += other.covariance[:, 0, 1:]
    upper = np.triu_indices(width)
    packed = weight @ outer[:, upper[0], upper[1]]
    precision = np.empty((len(packed), width, width))
    precision[:, upper[0], upper[1]] = packed
    precision[:, upper[1], upper[0]] = packed
    return Evidence(precision / noise, (above @ with_one(other.mean) - weight @ crossed) / noise)
