"""`LatentFactors`: ratings as products of user and item vectors that start at what descriptor and content say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from warmstart.errors import UsageError
from warmstart.learners._content import block_of_column, content_matrix, fit_content
from warmstart.learners._factor_side import Side, widened, with_one
from warmstart.learners._ranges import at_least, positive
from warmstart.learners._ratings import Ratings
from warmstart.learners._user_vector import Told, UserVector, after_rows, products, taken
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["LatentFactors"]


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
        ratings = Ratings.of(train)
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

    def _start(self, train: TaskArrays, ratings: Ratings, seed: int) -> tuple[Side, Side, dict[str, Any]]:
        """Users at small random factors, items at none, and what turns descriptors into columns."""
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
        return self.after(params, x @ user["weights"], widened(user["spread"], x, user["doubt"]), support)

    def after(
        self, params: Mapping[str, Any], mean: np.ndarray, covariance: np.ndarray, support: Support
    ) -> UserVector:
        """Posterior after a prior of the caller's: float64[tasks, 1 + factors] and its covariance."""
        item = np.where(np.asarray(support.item) >= 0, support.item, len(params["item"]) - 1)
        vector = params["item"][item].astype(np.float64)
        left = support.y - params["mean"] - vector[..., 0]
        rows = Told(
            left, with_one(vector), np.asarray(support.weight), params["noise"], params["item_covariance"], item
        )
        return after_rows(mean, covariance, rows, self.passes)

    def predict(self, params: Mapping[str, Any], state: UserVector, query: Query) -> Latent:
        """Products at the query items, [tasks, query], or [query] shared by all tasks; unsure of user and item."""
        item = np.where(np.asarray(query.item) >= 0, query.item, len(params["item"]) - 1)
        distinct, place = np.unique(item, return_inverse=True)
        vector = params["item"][distinct].astype(np.float64)
        base = params["mean"] + vector[:, 0]
        level, variance = products(state, base, with_one(vector), params["item_covariance"][distinct])
        level, variance = (taken(each, place.reshape(item.shape)) for each in (level, variance))
        return Latent(level.astype(np.float32), variance.astype(np.float32), np.float32(params["noise"]))


def _params(mean: float, noise: float, users: Side, items: Side, content: dict[str, Any]) -> dict[str, Any]:
    unknown = items.weights[:1], widened(items.spread, items.x, items.doubt).mean(axis=0, keepdims=True)
    return {
        "mean": np.array(mean),
        "noise": np.array(noise),
        "item": np.concatenate([items.mean, unknown[0]]).astype(np.float32),
        "item_covariance": np.concatenate([items.covariance, unknown[1]]).astype(np.float32),
        "user": {"content": content, "weights": users.weights, "doubt": users.doubt, "spread": users.spread},
    }
