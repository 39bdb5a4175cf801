"""Tiny worlds for the tests of learners: choices from a catalogue, tables whose tasks differ in level, two domains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, gather
from warmstart.tasks.ragged import Ragged
from warmstart.types import Query, Rows, Spec, Support, Widths


@dataclass
class Quiet:
    """A `Context` that listens to nobody."""

    seed: int = 0

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Say nothing."""


def no_rows(*axes: int) -> Rows:
    """Rows without a column."""
    return Rows(np.zeros((*axes, 0), np.float32), np.zeros((*axes, 0), np.int32))


def _choices(
    baskets: Sequence[Sequence[tuple[int, int]]], items: int, segments: Sequence[int] | None = None
) -> TaskArrays:
    """One task for each list of (time, item)."""
    sizes = [len(basket) for basket in baskets]
    time, item = np.array([pair for basket in baskets for pair in basket], dtype=np.int64).reshape(-1, 2).T
    codes = np.zeros((len(sizes), 0)) if segments is None else np.array(segments)[:, None]
    widths = Widths() if segments is None else Widths(codes=(max(segments) + 1,))
    return TaskArrays(
        spec=Spec(Widths(), widths, "ranking", items=items),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        descriptor=Rows(np.zeros((len(sizes), 0), np.float32), codes.astype(np.int32)),
        group=np.arange(len(sizes), dtype=np.int32),
        x=no_rows(len(item)),
        item=item.astype(np.int32),
        y=np.ones(len(item), np.float32),
        weight=np.ones(len(item), np.float32),
        time=time,
        offset=np.zeros(len(item), np.float32),
        catalogue=no_rows(items),
    )


def _table(likelihood: str = "gaussian", tasks: int = 60, rows: int = 24, seed: int = 0) -> TaskArrays:
    """Latent = 1.5 x0 + category effect + level of the task (sd 1) on the link scale; descriptor: one idle number."""
    rng = np.random.default_rng(seed)
    total = tasks * rows
    x, code = rng.normal(size=(total, 2)).astype(np.float32), rng.integers(1, 4, (total, 1)).astype(np.int32)
    level = np.repeat(rng.normal(size=tasks), rows)
    latent = 1.5 * x[:, 0] + np.array([0, -0.5, 0.0, 0.5])[code[:, 0]] + level
    target = {
        "gaussian": lambda: latent + 0.3 * rng.normal(size=total),
        "bernoulli": lambda: rng.random(total) < 1 / (1 + np.exp(-2 * latent)),
        "negative_binomial": lambda: rng.poisson(np.exp(0.5 * latent)),
        "categorical": lambda: np.digitize(latent + 0.3 * rng.normal(size=total), [-1.0, 1.0]),
        "ordinal": lambda: np.digitize(latent + 0.3 * rng.normal(size=total), [-1.0, 1.0]),
    }
    row = Widths(numbers=2, codes=(4,), bags=(5,))
    return TaskArrays(
        spec=Spec(row, Widths(numbers=1), likelihood, classes=3 if likelihood in ("categorical", "ordinal") else 1),
        offsets=np.arange(0, total + 1, rows, dtype=np.int64),
        descriptor=Rows(rng.normal(size=(tasks, 1)).astype(np.float32), np.zeros((tasks, 0), np.int32)),
        group=np.arange(tasks, dtype=np.int32),
        x=Rows(x, code, (rng.integers(0, 5, (total, 3)).astype(np.int32),)),
        item=np.full(total, -1, np.int32),
        y=target[likelihood]().astype(np.float32),
        weight=np.ones(total, np.float32),
        time=np.zeros(total, np.int64),
        offset=np.zeros(total, np.float32),
        catalogue=no_rows(0),
    )


def _support(items: Sequence[Sequence[int]], y: float = 1.0) -> Support:
    """Catalogue rows [tasks, support] of weight 1; -1 is padding of weight 0."""
    item = np.array(items, dtype=np.int32).reshape(len(items), -1)
    weight = (item >= 0).astype(np.float32)
    return Support(no_rows(*item.shape), item, np.full(item.shape, y, np.float32), weight, 0 * weight)


def _catalogue(items: int) -> Query:
    """The whole catalogue as a query, without a task axis."""
    return Query(no_rows(items), np.arange(items, dtype=np.int32), np.zeros(items, np.float32))


ITEMS, EACH, NOISE = 60, 30, 0.2
"""Items of each domain, ratings of a user in each domain, deviation of a rating."""


@dataclass(frozen=True)
class Taste:
    """Training users, new users, and the two vectors (level, one factor) of the new ones."""

    train: TaskArrays
    new: TaskArrays

    def batch(self, k: int) -> Batch:
        """All source rows and k target rows of every new user; asked are the target rows from the fifth on."""
        lists = Ragged(np.arange(len(self.new.y)), self.new.offsets)
        own, given = lists.where(~self.new.given), lists.where(self.new.given)
        query = own.where(own.position >= 5)
        told = Episodes(np.arange(self.new.n_tasks), own.first(5), query, given).shown(k)
        return gather(self.new, told, int(told.support.lengths.max()))


def _taste(users: int = 300, new: int = 100, *, shared: bool = True, seed: int = 0) -> Taste:
    """Items 0 … 59 are the source, 60 … 119 the target, in which user vectors are (v, -u) of the source's (u, v).

    u is the level, v what is multiplied with an item's factor; where `shared` is False, target vectors are drawn anew.
    """
    rng = np.random.default_rng(seed)
    n = users + new
    source = rng.normal(size=(n, 2)) * 0.7
    target = np.stack([source[:, 1], -source[:, 0]], axis=1) if shared else rng.normal(size=(n, 2)) * 0.7
    factor = rng.normal(size=2 * ITEMS)
    item = np.stack(
        [np.concatenate([rng.permutation(ITEMS)[:EACH], ITEMS + rng.permutation(ITEMS)[:EACH]]) for _ in range(n)]
    )
    vector = np.where((item < ITEMS)[..., None], source[:, None], target[:, None])
    y = vector[..., 0] + vector[..., 1] * factor[item] + NOISE * rng.normal(size=item.shape)
    nothing = np.zeros((n, 0), np.float32)
    total, foreign = item.size, np.arange(2 * ITEMS) < ITEMS
    every = TaskArrays(
        spec=Spec(Widths(codes=(3,)), Widths(), "gaussian", items=2 * ITEMS),
        offsets=np.arange(0, total + 1, 2 * EACH, dtype=np.int64),
        descriptor=Rows(nothing, nothing.astype(np.int32)),
        group=np.arange(n, dtype=np.int32),
        x=Rows(np.zeros((total, 0), np.float32), np.zeros((total, 0), np.int32)),
        item=item.ravel().astype(np.int32),
        y=y.ravel().astype(np.float32),
        weight=np.ones(total, np.float32),
        time=np.zeros(total, np.int64),
        offset=np.zeros(total, np.float32),
        catalogue=Rows(np.zeros((2 * ITEMS, 0), np.float32), 1 + foreign[:, None].astype(np.int32)),
        foreign=foreign,
    )
    return Taste(every.take(np.arange(users)), every.take(np.arange(users, n)))


@pytest.fixture
def context() -> Quiet:
    """A silent context with seed 0."""
    return Quiet()


@pytest.fixture
def choices() -> Callable[..., TaskArrays]:
    """Builds `TaskArrays` from baskets of (time, item)."""
    return _choices


@pytest.fixture
def table() -> Callable[..., TaskArrays]:
    """Builds a table of tasks that share slopes and differ in level."""
    return _table


@pytest.fixture
def support() -> Callable[..., Support]:
    """Builds a support of catalogue items."""
    return _support


@pytest.fixture
def catalogue() -> Callable[[int], Query]:
    """Builds the query that asks for every item."""
    return _catalogue


@pytest.fixture
def blank() -> Callable[[int], Rows]:
    """Builds the descriptor of tasks of which nothing is known."""
    return no_rows


@pytest.fixture
def taste() -> Callable[..., Taste]:
    """Builds two domains in which tastes are related, or are not."""
    return _taste
