"""The cold-start world inside training rows."""

from __future__ import annotations

import polars as pl
import pytest

from warmstart.datasets._inner_world import inner_world


@pytest.fixture(scope="module")
def inner() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of 10 users who rated all of 100 films two are cold and films 80 … 99 are new."""
    rows = [(f"u{u}", f"i{i:02}", float((u + i) % 5 + 1)) for u in range(10) for i in range(100)]
    rated = pl.DataFrame(rows, schema=["task", "item", "target"], orient="row")
    return inner_world(rated, rated["item"].unique().sort(descending=True))


def test_sides(inner: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Eight users and the 80 older films train; each slice holds new users, new films, or both; nothing is in two."""
    episodes, train = inner
    assert (train["task"].n_unique(), train["item"].n_unique(), train.height) == (8, 80, 640)
    assert train["item"].max() == "i79"
    known = set(train["task"])
    for part, users, is_new_item in (("item_cold", 8, True), ("both_cold", 2, True), ("user_cold", 2, False)):
        rows = episodes.filter(pl.col("slice") == part)
        assert rows["task"].n_unique() == users
        assert (rows["item"] > "i79").unique().to_list() == [is_new_item]
        assert (set(rows["task"]) <= known) == (part == "item_cold")
    pairs = pl.concat([episodes.select("task", "item"), train])
    assert pairs.is_duplicated().sum() == 0


def test_queries_and_supports(inner: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Ten query rows an episode, the rest is its support, each side numbered from 0; targets come along."""
    episodes, _ = inner
    counts = episodes.group_by("slice", "episode", "role").agg(pl.len(), last=pl.col("position").max())
    assert set(counts.filter(pl.col("role") == "query").select("len", "last").rows()) == {(10, 9)}
    assert set(counts.filter(pl.col("role") == "support").select("len", "last").rows()) == {(10, 9), (70, 69)}
    user, film = (episodes[c].str.slice(1).cast(pl.Int64) for c in ("task", "item"))
    assert (episodes["target"] == (user + film) % 5 + 1).all()


def test_small_and_large_tasks_are_not_asked() -> None:
    """Twelve rows are too few for an episode, 101 too many."""
    rows = [(f"u{u}", f"i{i:03}", 1.0) for u in range(10) for i in range(12 if u % 2 else 101)]
    rated = pl.DataFrame(rows, schema=["task", "item", "target"], orient="row")
    episodes, _ = inner_world(rated, pl.Series("item", ["i999"], dtype=pl.String))
    assert episodes.is_empty()
