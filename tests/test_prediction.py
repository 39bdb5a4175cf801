"""`Prediction` against the closed forms of scipy.stats."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from warmstart.errors import DataError, InternalError, UsageError
from warmstart.prediction import Classes, Count, Levels, Normal, Prediction, Scores

LEVELS = np.array([0.01, 0.05, 0.5, 0.9, 0.99])
MEAN, VARIANCE = np.array([0.5, -1.0]), np.array([0.25, 4.0])


def _log_normal() -> tuple[Prediction, object]:
    prediction = Prediction(Normal(MEAN, VARIANCE / 8, shift=1.0, scale=0.5, log=True), "adapted", 2, "v1")
    return prediction, stats.lognorm(s=0.5 * np.sqrt(VARIANCE / 8), scale=np.exp(1.0 + 0.5 * MEAN))


def _normal() -> tuple[Prediction, object]:
    prediction = Prediction(Normal(MEAN, VARIANCE, shift=10.0, scale=3.0))
    return prediction, stats.norm(10 + 3 * MEAN, 3 * np.sqrt(VARIANCE))


def _count() -> tuple[Prediction, object]:
    mean, variance = np.array([3.0, 40.0]), np.array([7.5, 41.0])
    return Prediction(Count(mean, variance)), stats.nbinom(mean**2 / (variance - mean), mean / variance)


def _poisson() -> tuple[Prediction, object]:
    mean = np.array([0.3, 12.0])
    return Prediction(Count(mean, 0.5 * mean)), stats.poisson(mean)


@pytest.mark.parametrize("world", [_normal, _log_normal, _count, _poisson])
def test_numbers_equal_the_closed_forms(world):
    """Moments, quantiles, intervals and log probabilities are those of scipy.stats."""
    ours, theirs = world()
    np.testing.assert_allclose(ours.mean, theirs.mean(), rtol=1e-12)
    np.testing.assert_allclose(ours.std, theirs.std(), rtol=1e-12)
    np.testing.assert_allclose(ours.median, theirs.median(), rtol=1e-12)
    np.testing.assert_allclose(ours.quantile(LEVELS), theirs.ppf(LEVELS[:, None]), rtol=1e-12)
    np.testing.assert_allclose(ours.interval(0.8), theirs.interval(0.8), rtol=1e-12)
    y = np.array([4.0, 11.0])
    log_prob = (getattr(theirs, "logpdf", None) or theirs.logpmf)(y)
    np.testing.assert_allclose(ours.log_prob(y), log_prob, rtol=1e-9)


@pytest.mark.parametrize("world", [_normal, _log_normal, _count, _poisson])
def test_draws_have_the_moments(world):
    """The mean of 40,000 draws lies within five standard errors, their spread within five per cent."""
    ours, _ = world()
    draws = ours.sample(np.random.default_rng(1), 40_000)
    assert draws.shape == (40_000, 2)
    assert (np.abs(draws.mean(axis=0) - ours.mean) < 5 * ours.std / 200).all()
    np.testing.assert_allclose(draws.std(axis=0), ours.std, rtol=0.05)


def test_impossible_numbers_have_no_density():
    """A lognormal is above zero and a count is whole and not negative."""
    price = Prediction(Normal(np.zeros(2), np.ones(2), log=True))
    assert price.log_prob([0.0, -1.0]).tolist() == [-np.inf, -np.inf]
    sold = Prediction(Count(np.ones(4), np.full(4, 2.0)))
    assert sold.log_prob([0.5, -1.0, np.inf, np.nan]).tolist() == [-np.inf] * 4


def test_a_certain_zero_count():
    """A mean of zero is a count that is always zero."""
    never = Prediction(Count(np.zeros(1), np.zeros(1)))
    assert (never.median, never.log_prob([0.0]), never.quantile(0.999)) == (0, 0, 0)


@given(st.floats(0.01, 1e6), st.floats(1.0, 50.0), st.floats(0.001, 0.999))
def test_a_count_quantile_is_the_least_that_reaches_its_level(mean, ratio, level):
    """P(Y <= q) >= p and P(Y <= q - 1) < p."""
    (q,) = Prediction(Count(np.array([mean]), np.array([mean * ratio]))).quantile(level)
    law = stats.poisson(mean) if ratio - 1 <= 1e-9 else stats.nbinom(mean / (ratio - 1), 1 / ratio)
    assert law.cdf(q) >= level - 1e-6
    assert law.cdf(q - 1) < level + 1e-6


def test_two_classes():
    """Of two classes the second is the positive one; labels are the user's."""
    p = Prediction(Classes(np.array([[0.75, 0.25], [0.1, 0.9]]), ["stays", "leaves"]))
    assert p.family == "bernoulli"
    assert p.mean.tolist() == [0.25, 0.9]
    np.testing.assert_allclose(p.std, stats.bernoulli([0.25, 0.9]).std())
    assert p.mode.tolist() == ["stays", "leaves"]
    np.testing.assert_allclose(p.log_prob(["leaves", "leaves"]), np.log([0.25, 0.9]))
    draws = p.sample(np.random.default_rng(0), 20_000)
    np.testing.assert_allclose((draws == "leaves").mean(axis=0), [0.25, 0.9], atol=0.02)


def test_many_classes_are_no_number():
    """Three classes have probabilities and draws, no mean; the error lists what there is."""
    p = Prediction(Classes(np.array([[0.2, 0.3, 0.5]]), [10, 20, 30]))
    assert p.family == "categorical"
    assert p.mode.tolist() == [30]
    with pytest.raises(UsageError, match=r"categorical.*no mean.*labels, log_prob, mode, probability, sample"):
        _ = p.mean
    with pytest.raises(DataError, match=r"row 0.*10, 20, 30.*got 40"):
        p.log_prob([40])


def test_ordered_classes_are_numbers_too():
    """Their labels are the user's; mean, deviation and quantiles are of what the levels count as."""
    p = Prediction(Levels(np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]), ["1", "3", "5"], np.array([1.0, 3.0, 5.0])))
    assert p.family == "ordinal"
    assert (p.mode.tolist(), p.labels.tolist()) == (["1", "3"], ["1", "3", "5"])
    assert (p.mean.tolist(), p.median.tolist()) == ([2.5, 4.0], [1.0, 3.0])
    np.testing.assert_allclose(p.std, [np.sqrt(0.5 * 1.5**2 + 0.25 * 0.5**2 + 0.25 * 2.5**2), 1.0])
    assert [end.tolist() for end in p.interval(0.4)] == [[1.0, 3.0], [3.0, 5.0]]
    np.testing.assert_allclose(p.log_prob(["5", "3"]), np.log([0.25, 0.5]))
    assert p.to_dict()["mean"] == [2.5, 4.0]
    with pytest.raises(InternalError, match="3 levels need as many rising values"):
        Levels(np.array([[0.5, 0.25, 0.25]]), ["a", "b", "c"], np.array([1.0, 3.0, 3.0]))


def test_the_best_items():
    """Items come best first, kept-out items never, and a tie falls either way."""
    p = Prediction(Scores(np.array([1.0, 5.0, 1.0, -np.inf, 3.0]), np.array(["a", "b", "c", "d", "e"])))
    items, scores = p.top(2)
    assert (items.tolist(), scores.tolist()) == (["b", "e"], [5.0, 3.0])
    thirds = {p.top(3, np.random.default_rng(seed))[0][2] for seed in range(20)}
    assert thirds == {"a", "c"}
    assert len(p.top(9)[0]) == 4
    assert len(p.top(0)[0]) == 0


def test_json_of_every_family_is_finite():
    """`to_dict` is strict JSON even where a lognormal mean overflows, and tells how the answer was made."""
    families = [
        _normal()[0],
        _log_normal()[0],
        _count()[0],
        Prediction(Normal(np.array([800.0]), np.array([9.0]), log=True)),
        Prediction(Classes(np.array([[0.5, 0.5]]), [False, True])),
        Prediction(Scores(np.array([-np.inf, 2.0]), np.array([7, 8]))),
    ]
    told = [json.loads(json.dumps(p.to_dict(), allow_nan=False)) for p in families]
    assert [t["family"] for t in told] == ["normal", "normal", "count", "normal", "bernoulli", "scores"]
    assert (told[1]["tier"], told[1]["k"], told[1]["model_version"]) == ("adapted", 2, "v1")
    assert told[0]["mean"] == [11.5, 7.0]
    assert told[4] | {"tier": ""} == {
        "family": "bernoulli",
        "tier": "",
        "k": 0,
        "model_version": "",
        "labels": [False, True],
        "mode": [False],
        "probability": [[0.5, 0.5]],
    }
    assert (told[5]["items"], told[5]["scores"]) == ([8], [2.0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(np.array([np.nan]), np.array([1.0])),
        lambda: Normal(np.array([0.0]), np.array([-1.0])),
        lambda: Normal(np.array([0.0]), np.array([1.0, 2.0])),
        lambda: Normal(np.array([0.0]), np.array([1.0]), scale=0.0),
        lambda: Count(np.array([-1.0]), np.array([1.0])),
        lambda: Classes(np.array([[0.5, 0.6]]), ["a", "b"]),
        lambda: Classes(np.array([[0.5, 0.5]]), ["a", "a"]),
        lambda: Classes(np.array([[1.0]]), ["a"]),
        lambda: Scores(np.array([np.nan]), np.array([1])),
        lambda: Scores(np.array([1.0]), np.array([1, 2])),
        lambda: Prediction(Scores(np.array([1.0]), np.array([1])), "adapted", 0),
        lambda: Prediction(Scores(np.array([1.0]), np.array([1])), "prior", 3),
    ],
)
def test_contradictions_are_our_fault(make):
    """Parameters that no distribution has are an InternalError at construction."""
    with pytest.raises(InternalError):
        make()


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 1.5])
def test_levels_lie_between_zero_and_one(level):
    """A quantile or interval outside (0, 1) is refused."""
    p = _normal()[0]
    with pytest.raises(UsageError, match="between 0 and 1"):
        p.quantile(level)
    with pytest.raises(UsageError, match="between 0 and 1"):
        p.interval(level)
