"""`cross_domain` from a user's own table to a report: readers of books who are new among songs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.errors import DataError, UsageError
from warmstart.evaluate.run import evaluate
from warmstart.learners.auto import Auto
from warmstart.learners.domain_factors import DomainFactors
from warmstart.learners.no_transfer import NoTransfer
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem, load_problem
from warmstart.tables.guess import guess
from warmstart.tasks.taskset import TaskSet

TOML = """
scenario = "cross_domain"
name = "shelf"
[data]
path = "ratings.csv"
[columns.reader]
role = "task"
kind = "category"
[columns.title]
role = "item"
kind = "category"
[columns.medium]
role = "feature"
kind = "category"
[columns.stars]
role = "target"
[split]
domain = "medium"
target_domain = "song"
shots = [0, 1, 5]
"""
USERS, TITLES, EACH = 120, 30, 12


def ratings() -> pl.DataFrame:
    """Half of the users love the even titles of both media and leave the odd ones; the other half does the opposite."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(USERS), 2 * EACH)
    title = np.concatenate([rng.permutation(TITLES)[:EACH] for _ in range(2 * USERS)])
    medium = np.tile(np.repeat(["book", "song"], EACH), USERS)
    liked = (title + user) % 2 == 0
    stars = np.where(liked, 5, 1) - np.where(rng.random(len(user)) < 0.2, np.where(liked, 1, -1), 0)
    named = [f"{m} {t}" for m, t in zip(medium, title, strict=True)]
    return pl.DataFrame({"reader": user, "title": named, "medium": medium, "stars": stars.astype(float)})


def written(folder: Path, toml: str = TOML) -> str:
    """Table and TOML; the TOML's path."""
    ratings().write_csv(folder / "ratings.csv")
    (folder / "my.toml").write_text(toml)
    return str(folder / "my.toml")


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """The table by its TOML."""
    return load_problem(scenario("cross_domain"), written(tmp_path_factory.mktemp("shelf")))


def test_transfer_beats_no_transfer(problem: Problem) -> None:
    """Who loves even books loves even songs: known before the first song, where without books half are wrong."""
    assert problem.table.schema.domain == "medium"
    learners = ("auto", "domain_factors", "linear_map", "no_transfer", "item_mean")
    report = evaluate(scenario("cross_domain"), problem, learners=learners, seeds=1)
    mae = {(row.learner, row.k): row.mean for row in report.rows if row.metric == "mae"}
    assert report.protocol == "new-in-domain"
    for name in ("auto", "domain_factors", "linear_map"):
        assert mae[name, 0] < 0.4 * mae["no_transfer", 0]
    assert mae["no_transfer", 5] < 0.7 * mae["no_transfer", 0]
    assert mae["item_mean", 0] == mae["item_mean", 5]
    assert "K = 0" in report.verdict


def test_mixture_counts_target_rows(problem: Problem) -> None:
    """By how much `auto` trusts its members depends on the songs, however many books there are."""
    learner = Auto(candidates=(DomainFactors(factors=1), NoTransfer()), bags=2)
    model = meta_train(TaskSet.of(problem.table), learner, shots=(0, 1, 5))
    rows = problem.table.frame.filter(pl.col("reader") == 3)
    books, songs = (rows.filter(pl.col("title").str.starts_with(kind)) for kind in ("book", "song"))
    for k in (0, 2):
        task = model.adapt(pl.concat([books, songs[:k]]))
        assert (task.state.k, task.k) == (k, EACH + k)
        assert np.isfinite(task.predict(songs[5:]).mean).all()


def test_a_stranger_is_served(problem: Problem) -> None:
    """Without a row of either medium the answer comes from the prior, with the songs' own levels."""
    model = meta_train(TaskSet.of(problem.table), DomainFactors(factors=1), shots=(0, 1, 5))
    answer = model.adapt(None).predict(problem.table.frame.filter(pl.col("title") == "song 0")[:1])
    assert (answer.tier, answer.k) == ("prior", 0)
    assert 2 < answer.mean[0] < 4


def test_unknown_target_domain(tmp_path: Path) -> None:
    """The column, the media that there are, and the one that was asked for."""
    asked = load_problem(scenario("cross_domain"), written(tmp_path, TOML.replace('"song"', '"film"')))
    with pytest.raises(DataError, match=r"column 'medium': .*; expected 'book', 'song'; got 'film'"):
        evaluate(scenario("cross_domain"), asked, seeds=1)


def test_everyone_is_new(problem: Problem) -> None:
    """Where nobody has both books and enough songs there is no one to learn from."""
    songs = replace(problem.table, frame=problem.table.frame.filter(pl.col("title").str.starts_with("song")))
    with pytest.raises(DataError, match=r"too few tasks are known in two domains; .*; got 0"):
        evaluate(scenario("cross_domain"), replace(problem, table=songs), seeds=1)


def test_no_domain(tmp_path: Path) -> None:
    """A TOML that names no domain is told which keys it needs; one that names half is refused."""
    bare = load_problem(scenario("cross_domain"), written(tmp_path, TOML.partition("domain =")[0]))
    with pytest.raises(UsageError, match=r"needs split\.domain and split\.target_domain"):
        evaluate(scenario("cross_domain"), bare, seeds=1)
    with pytest.raises(UsageError, match="domain and target_domain go together"):
        load_problem(scenario("cross_domain"), written(tmp_path, TOML.replace('target_domain = "song"', "")))


def test_guessed_toml(tmp_path: Path) -> None:
    """Reader, title, medium and stars find their roles; the domain is for the user to name."""
    ratings().write_csv(tmp_path / "ratings.csv")
    text = guess({"ratings.csv": ratings()}, "cross_domain", items=True, task=["reader"], target="stars")
    named = text.replace('\ndomain = ""', '\ndomain = "medium"').replace('target_domain = ""', 'target_domain = "song"')
    (tmp_path / "my.toml").write_text(named)
    schema = load_problem(scenario("cross_domain"), str(tmp_path / "my.toml")).table.schema
    assert (schema.item, schema.target, schema.domain, schema.target_domain) == ("title", "stars", "medium", "song")
