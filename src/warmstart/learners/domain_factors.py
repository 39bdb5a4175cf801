"""`DomainFactors`: one belief about a user across domains, with levels, loadings and noise of each domain's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from scipy import sparse

from warmstart.errors import DataError, UsageError
from warmstart.learners._content import block_of_column, content_matrix, fit_content
from warmstart.learners._factor_side import Evidence, Side, widened, with_one
from warmstart.learners._ranges import at_least, positive
from warmstart.learners._ratings import Ratings
from warmstart.learners._user_vector import Told, UserVector, after_rows, products, taken
from warmstart.learners.contract import Context
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Latent, Query, Rows, Support

__all__ = ["DomainFactors"]


@dataclass(frozen=True)
class DomainFactors:
    """In each domain ratings as `LatentFactors` has them; a user's vectors of all domains are one Gaussian vector.

    Items of a domain load on that domain's part of the user alone, and the prior covariance of the whole, learned with
    all else by variational EM, says what one part tells of another: no taste need mean the same in both. The items that
    are asked are one domain, all others a second; without others it is `LatentFactors`. Source: Zhang, Cao, Yeung 2010
    (multi-domain collaborative filtering), with one covariance of all factors of all domains.
    """

    factors: int = 4
    """Of each domain, besides its level, >= 1."""
    max_rounds: int = 40
    """Alternations between users and items, >= 1."""
    tolerance: float = 2e-3
    """Stop when a round changes no domain's noise by more than this share, > 0."""
    columns: int = 500
    """Most columns that one category, set or text becomes, >= 1."""
    popularity: float = 0.25
    """An item with n ratings counts n to this power when content is learned, >= 0."""
    passes: int = 2
    """Times that a support's rows are weighed by what is then believed of the user, >= 1."""
    reliability: float = 0.3
    """A vector counts at least so much where content is learned, in [0, 1]."""

    name: ClassVar[str] = "domain_factors"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def __post_init__(self) -> None:
        at_least(self, factors=1, max_rounds=1, columns=1, popularity=0, passes=1, reliability=0)
        positive(self, "tolerance")
        if self.reliability > 1:
            raise UsageError(f"domain_factors.reliability: expected a share of at most 1; got {self.reliability}")

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """Users' prior; of every item and an unknown one base, feature, covariance, noise; the places of levels."""
        if not train.spec.items:
            raise UsageError("domain_factors cannot predict rows without items; expected a column with the role 'item'")
        parts = [part for part in (train.where(~train.given), train.where(train.given)) if part.weight.any()]
        if not parts or parts[0].given.any():
            raise DataError("no row of the target domain to learn from", expected="a row of weight above 0", got=0)
        domains = [self._domain(part, place) for place, part in enumerate(parts)]
        told = fit_content(train.descriptor, self.columns)
        users = self._users(train, told, len(domains), context.seed)
        for done in range(self.max_rounds):
            context.progress(done, self.max_rounds, "noise " + ", ".join(f"{d.noise:.4f}" for d in domains))
            domains = [domain.informed(users).learned(self.popularity) for domain in domains]
            users = users.informed(_evidence(domains, users)).learned(_worth(domains))
            before, domains = domains, [domain.heard(users) for domain in domains]
            if all(abs(a.noise - b.noise) < self.tolerance * b.noise for a, b in zip(domains, before, strict=True)):
                break
        domains = [domain.informed(users) for domain in domains]
        user = {"content": told, "weights": users.weights, "doubt": users.doubt, "spread": users.spread}
        return {"user": user, **_items(domains, train.foreign)}

    def _domain(self, part: TaskArrays, place: int) -> _Domain:
        """The items of one domain, of whose vectors nothing is known."""
        ratings = Ratings.of(part)
        shown = fit_content(take_rows(part.catalogue, np.unique(part.item[part.item >= 0])), self.columns)
        x, block = content_matrix(shown, part.catalogue), block_of_column(shown)
        x, block = sparse.hstack([x, ratings.fame[:, None]], format="csr"), np.append(block, block.max() + 1)
        width = 1 + self.factors
        items = Side.start(x, block, np.zeros((part.spec.items, width)), 0.3, self.reliability)
        return _Domain(ratings, items, slice(place * width, (place + 1) * width), ratings.variance)

    def _users(self, train: TaskArrays, told: dict[str, Any], domains: int, seed: int) -> Side:
        """Users at small random factors, the same in every domain."""
        vectors = np.random.default_rng(seed).normal(size=(train.n_tasks, 1 + self.factors)) * 0.3
        vectors[:, 0] = 0
        x, block = content_matrix(told, train.descriptor), block_of_column(told)
        return Side.start(x, block, np.tile(vectors, domains), 0.3, self.reliability)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> UserVector:
        """Gaussian posterior of each user's vector, whatever domains its rows are from."""
        user, item = params["user"], _known(params, support.item)
        x = content_matrix(user["content"], descriptor)
        rows = Told(
            support.y - params["base"][item],
            params["feature"][item].astype(np.float64),
            np.asarray(support.weight),
            params["noise"][item],
            params["covariance"],
            item,
            params["levels"],
        )
        prior = x @ user["weights"], widened(user["spread"], x, user["doubt"])
        return after_rows(*prior, rows, self.passes)

    def predict(self, params: Mapping[str, Any], state: UserVector, query: Query) -> Latent:
        """Products at the query items, [tasks, query], or [query] shared by all tasks; unsure of user and item."""
        item = _known(params, query.item)
        distinct, place = np.unique(item, return_inverse=True)
        base, feature = params["base"][distinct], params["feature"][distinct].astype(np.float64)
        level, variance = products(state, base, feature, params["covariance"][distinct], params["levels"])
        level, variance = (taken(each, place.reshape(item.shape)) for each in (level, variance))
        return Latent(level.astype(np.float32), variance.astype(np.float32), params["noise"][item].astype(np.float32))


class _Domain(NamedTuple):
    """One domain: its ratings, its items, and which part of a user's vector they load on."""

    ratings: Ratings
    items: Side
    part: slice
    noise: float

    def of(self, users: Side) -> Side:
        """The users as this domain sees them."""
        return replace(users, mean=users.mean[:, self.part], covariance=users.covariance[:, self.part, self.part])

    def informed(self, users: Side) -> Self:
        """With posteriors of the items given the users."""
        return self._replace(items=self.items.informed(self.ratings.by_item(self.of(users), self.noise)))

    def learned(self, popularity: float) -> Self:
        """With what all items share."""
        return self._replace(items=self.items.learned(self.ratings.worth_of_items(popularity)))

    def heard(self, users: Side) -> Self:
        """With the noise that both sides leave."""
        return self._replace(noise=self.ratings.noise(self.of(users), self.items))


def _evidence(domains: Sequence[_Domain], users: Side) -> Evidence:
    """What the rows of every domain say of the users' vectors."""
    precision, pull = np.zeros_like(users.covariance), np.zeros_like(users.mean)
    for domain in domains:
        told = domain.ratings.by_user(domain.items, domain.noise)
        precision[:, domain.part, domain.part], pull[:, domain.part] = told
    return Evidence(precision, pull)


def _worth(domains: Sequence[_Domain]) -> np.ndarray:
    """float64[users]: 1 for a user with rows in some domain, else 0."""
    return np.asarray(np.max([domain.ratings.worth_of_users for domain in domains], axis=0))


def _items(domains: Sequence[_Domain], foreign: np.ndarray) -> dict[str, np.ndarray]:
    """Every item on the whole width of a user's vector, and last an unknown item of the target domain."""
    n, width = len(domains[0].items.mean), domains[-1].part.stop
    own = np.zeros(n + 1, np.int64)
    own[: len(foreign)] = foreign
    # Of foreign items nothing is known where no row is about them: they load on nothing.
    base, noise = np.full(n + 1, domains[0].ratings.mean), np.full(n + 1, domains[0].noise)
    feature, covariance = np.zeros((n + 1, width), np.float32), np.zeros((n + 1, width, width), np.float32)
    for place, domain in enumerate(domains):
        items, at = domain.items, own == place
        unknown = widened(items.spread, items.x, items.doubt).mean(axis=0, keepdims=True)
        mean = np.concatenate([items.mean, items.weights[:1]])
        base[at], noise[at] = domain.ratings.mean + mean[at, 0], domain.noise
        feature[at, domain.part] = with_one(mean[at])
        covariance[at, domain.part, domain.part] = np.concatenate([items.covariance, unknown])[at]
    levels = np.array([domain.part.start for domain in domains])
    return {"base": base, "noise": noise, "feature": feature, "covariance": covariance, "levels": levels}


def _known(params: Mapping[str, Any], item: Any) -> np.ndarray:
    """The items, -1 being the unknown one, which stands last."""
    return np.where(np.asarray(item) >= 0, item, len(params["base"]) - 1)
