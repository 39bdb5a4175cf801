"""`review` on a world by hand: words tell the stars, some products are better than their words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.evaluate.result import Report
from warmstart.evaluate.run import evaluate
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

WORDS = np.array(["awful", "weak", "fair", "good", "superb"])
LIKELIHOODS = {Target.NUMBER: "gaussian", Target.CLASS: "bernoulli", Target.ORDINAL: "ordinal"}


def reviews(target: Target, stars: tuple[int, ...] = (1, 2, 3, 4, 5)) -> Problem:
    """Sixty products of thirty reviews: a word for each number of stars; a product may earn one less or one more."""
    rng = np.random.default_rng(0)
    product = np.repeat(np.arange(60), 30)
    word = rng.integers(5, size=len(product))
    given = np.clip(1 + word + np.repeat(rng.integers(-1, 2, size=60), 30), min(stars), max(stars))
    values = np.where(given > 3, "positive", "negative") if target is Target.CLASS else given.astype(float)
    frame = pl.DataFrame({"product": [f"p{p}" for p in product], "text": WORDS[word], "verdict": values})
    columns = (
        Column("product", Role.TASK, Kind.CATEGORY),
        Column("text", Role.FEATURE, Kind.TEXT),
        Column("verdict", Role.TARGET, Kind.CATEGORY if target is Target.CLASS else Kind.NUMBER),
    )
    settings = scenario("review").settings_for(LIKELIHOODS[target])
    return Problem(
        Table("reviews", frame, Schema(columns, target)), Sampling(shots=(0, 10)), settings, LIKELIHOODS[target]
    )


def mean(report: Report, learner: str, k: int, metric: str) -> float:
    """One figure."""
    return next(r.mean for r in report.rows if (r.learner, r.k, r.metric) == (learner, k, metric))


def test_words_and_ten_reviews_tell_the_stars() -> None:
    """Words leave what products differ by, which ten reviews tell; kappa follows, and is 0 where nothing is read."""
    report = evaluate(scenario("review"), reviews(Target.NUMBER), learners=("task_mean", "words"), seeds=1)
    assert mean(report, "words", 10, "mae") < 0.5 * mean(report, "words", 0, "mae")
    assert mean(report, "words", 10, "qwk") > 0.95 > mean(report, "words", 0, "qwk") > 0.8
    assert mean(report, "task_mean", 10, "qwk") == pytest.approx(0, abs=0.05)


def test_words_and_ten_reviews_tell_the_sentiment() -> None:
    """The same of two classes, by log loss."""
    report = evaluate(scenario("review"), reviews(Target.CLASS), learners=("task_mean", "words"), seeds=1)
    assert mean(report, "words", 10, "log_loss") < mean(report, "words", 0, "log_loss")
    assert mean(report, "words", 10, "log_loss") < 0.6 * mean(report, "task_mean", 10, "log_loss")
    assert mean(report, "words", 0, "auc") > 0.9


def test_words_and_ten_reviews_tell_how_probable_each_number_of_stars_is() -> None:
    """The same of stars in their order: the level of a product moves all cuts, by log loss and by kappa."""
    report = evaluate(scenario("review"), reviews(Target.ORDINAL), learners=("task_mean", "words"), seeds=1)
    assert mean(report, "words", 10, "log_loss") < 0.6 * mean(report, "words", 0, "log_loss")
    assert mean(report, "words", 10, "log_loss") < 0.5 * mean(report, "task_mean", 10, "log_loss")
    assert mean(report, "words", 10, "qwk") > 0.95 > mean(report, "words", 0, "qwk") > 0.75
    assert mean(report, "words", 10, "mae") < mean(report, "words", 0, "mae") < mean(report, "task_mean", 0, "mae")


def test_reviews_that_all_agree_are_refused() -> None:
    """One sentiment teaches nothing: the column and what came are named."""
    with pytest.raises(DataError, match="column 'verdict': target never varies"):
        evaluate(scenario("review"), reviews(Target.CLASS, stars=(5,)), learners=("task_mean",), seeds=1)
