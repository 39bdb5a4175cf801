"""`Words`: a linear model against the closed form, rare words, words nobody has seen, and levels of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from warmstart.errors import UsageError
from warmstart.learners._linear import fit_design, linear_link, ridge
from warmstart.learners._ordinal_ridge import ordinal_ridge
from warmstart.learners.words import Words
from warmstart.tasks.arrays import take_rows
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Rows

GOOD, BAD, FILLER = 1, 2, 3


def test_ridge_is_the_closed_form() -> None:
    """Of numbers: centred, (XᵀX + p I) w = Xᵀ y; the start is not penalised."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)) + 2, rng.normal(size=50) + 5
    found = ridge(x, y, np.ones(50), 4.0, classes=False)
    centred = x - x.mean(axis=0)
    slope = np.linalg.solve(centred.T @ centred + 4 * np.eye(3), centred.T @ y)
    np.testing.assert_allclose(found, [y.mean() - x.mean(axis=0) @ slope, *slope], atol=1e-3)


def test_without_features_the_odds_are_those_of_the_rows() -> None:
    """Three bad of four: the log odds are ln 3."""
    found = ridge(np.zeros((4, 1)), np.array([1.0, 1, 1, 0]), np.ones(4), 1.0, classes=True)
    np.testing.assert_allclose(found, [np.log(3), 0], atol=1e-4)


def test_without_features_the_cuts_are_those_of_the_rows() -> None:
    """Of eight rows four, two and two in the levels: log odds 0 and -ln 3 above the cuts."""
    y = np.repeat([0.0, 1.0, 2.0], [4, 2, 2])
    cuts, slopes = ordinal_ridge(sparse.csr_matrix(np.zeros((8, 1))), y, np.ones(8), 1.0, 3)
    np.testing.assert_allclose(cuts, [0, -np.log(3)], atol=1e-4)
    assert slopes.tolist() == [0]


def test_a_column_moves_all_cuts() -> None:
    """Rows drawn by a latent 2 x with cuts at -1 and 1: that is what is found."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 1))
    y = np.digitize(2 * x[:, 0] + rng.logistic(size=len(x)), [-1.0, 1.0])
    cuts, slopes = ordinal_ridge(sparse.csr_matrix(x), y.astype(float), np.ones(len(y)), 1.0, 3)
    np.testing.assert_allclose([*cuts, *slopes], [1, -1, 2], atol=0.08)


def reviews(table: Any, levels: float = 0.0) -> Any:
    """Each row says one of two words, and a filler; the word decides, more or less by task."""
    made = table("bernoulli", tasks=60, rows=40)
    rng = np.random.default_rng(0)
    word = rng.integers(GOOD, BAD + 1, len(made.y))
    odds = np.where(word == BAD, 2.0, -2.0) + levels * np.repeat(rng.normal(size=60), 40)
    bag = np.stack([np.full(len(word), FILLER), word], axis=1).astype(np.int32)
    y = (rng.random(len(word)) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    return replace(made, x=made.x._replace(bags=(bag,)), y=y)


def test_the_matrix_and_the_sum_say_the_same(table: Any) -> None:
    """What is fitted as a sparse matrix is answered as a sum over members."""
    made = reviews(table)
    design, x = fit_design(made)
    weights = np.random.default_rng(1).normal(size=x.shape[1])
    told = take_rows(made.descriptor, made.task_of_row)
    np.testing.assert_allclose(linear_link(design, weights, made.x, told), x @ weights, rtol=1e-6)


def test_a_rare_word_is_worth_more(table: Any) -> None:
    """The filler is in every row, and worth 1; a word in half of them is worth 1 + ln 2; padding is worth nothing."""
    worth = fit_design(reviews(table))[0]["worth"]["row bag 0"]
    assert worth[[0, FILLER]].tolist() == [0, 1]
    assert worth[BAD] == pytest.approx(1 + np.log(2), abs=0.05)


def test_words_tell_and_strange_words_do_not(table: Any, context: Any) -> None:
    """The bad word raises the odds; one that no row had leaves them where the filler alone does."""
    made = reviews(table)
    params = Words().fit(made, context)
    bags = np.array([[FILLER, GOOD], [FILLER, BAD], [FILLER, 99], [FILLER, 0]])
    rows = Rows(np.zeros((4, 2)), np.zeros((4, 1), np.int32), (bags,))
    told = Rows(np.zeros((4, 1)), np.zeros((4, 0), np.int32))
    good, bad, strange, short = linear_link(params["design"], params["weights"], rows, told)
    assert bad - good == pytest.approx(4, abs=0.6)
    assert strange == short
    assert good < short < bad


def test_a_support_tells_the_level(table: Any, context: Any) -> None:
    """Where tasks differ, ten labelled rows take from the log loss of the words alone."""
    made, learner = reviews(table, levels=2.0), Words()
    params = learner.fit(made, context)
    episodes = draw(made, "random", np.random.default_rng(1), shots=10, queries=20)
    losses = []
    for k in (0, 10):
        batch = gather(made, episodes.shown(k), 10)
        said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
        losses.append(float(np.log1p(np.exp(-said.mean * (2 * batch.y - 1))).mean()))
    assert losses[1] < 0.85 * losses[0]


def test_one_fold_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"words\.folds: expected 2 or more; got 1"):
        Words(folds=1)
