"""Forecasts of each support alone: what is asked of the library, and what stands in where it says nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import NotReady
from warmstart.learners._own_series import adapt_series, fit_series, forecast_series, models
from warmstart.learners.auto_ets import AutoETS
from warmstart.learners.auto_theta import AutoTheta
from warmstart.learners.task_mean import TaskMean
from warmstart.tasks.episodes import at_cut, gather

STEPS = 4


class Rising:
    """A model that goes on by one a step, with a deviation of 2, and refuses series that end in 3."""

    def __init__(self, season_length: int) -> None:
        """Remember the season."""
        self.season = season_length

    def forecast(self, y: np.ndarray, h: int, level: list[int]) -> Mapping[str, np.ndarray]:
        """The interval of the level, as the library gives it."""
        assert level == [90]
        if y[-1] == 3:
            raise NotImplementedError("tiny datasets")
        mean = y[-1] + 1 + np.arange(h) - 3 * (self.season > 1)
        return {"mean": mean, "hi-90": mean + 2 * 1.6448536269514722}


def asked(table: Any, shots: int) -> Any:
    """Tasks whose rows count up, and a batch of them after `shots` of their rows."""
    made = table(tasks=3, rows=10)
    train = replace(made, y=np.tile(np.arange(10, dtype=np.float32), 3), time=1 + np.arange(30) % 10)
    return train, gather(train, at_cut(train, 7, shots=6, least=6).shown(shots), 6)


def forecast(table: Any, context: Any, shots: int, *, season: int = 1, fewest: int = 3) -> Any:
    """What is said of the last four rows, and the batch."""
    train, batch = asked(table, shots)
    params = fit_series(train, context, season)
    state = adapt_series(params, batch.descriptor, batch.support)
    return forecast_series(params, state, batch.query, Rising, fewest), params, batch


def test_the_model_goes_on_after_the_last_row(table: Any, context: Any) -> None:
    """Rows 3, 4, 5 were told: 6, 7, 8, 9 follow, with the variance of the model's own interval."""
    latent, _, _ = forecast(table, context, 3)
    np.testing.assert_array_equal(latent.mean, np.tile([6, 7, 8, 9], (3, 1)))
    np.testing.assert_allclose(latent.noise, 4, rtol=1e-5)


@pytest.mark.parametrize("shots", [0, 2])
def test_the_shrunk_mean_below_the_fewest(shots: int, table: Any, context: Any) -> None:
    """Two rows are none to a model that needs three: the answer is that of `task_mean`."""
    latent, params, batch = forecast(table, context, shots)
    learner = TaskMean()
    mean = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    np.testing.assert_array_equal(latent.mean, mean.mean)
    np.testing.assert_array_equal(latent.variance, mean.variance)


def test_two_seasons_make_one(table: Any, context: Any) -> None:
    """Six rows hold two seasons of three, five do not."""
    assert forecast(table, context, 6, season=3)[0].mean[0, 0] == 3
    assert forecast(table, context, 5, season=3)[0].mean[0, 0] == 6


def test_no_forecast_leaves_what_was_seen(table: Any, context: Any) -> None:
    """All rows lie between 0 and 9: after 5, where the model goes on to 9, 10, 11 and 12, the answer stays at 9."""
    train, batch = asked(table, 3)
    params = fit_series(train, context, 1)
    support = batch.support._replace(y=batch.support.y + 3)
    latent = forecast_series(params, adapt_series(params, batch.descriptor, support), batch.query, Rising, 3)
    np.testing.assert_array_equal(latent.mean, np.full((3, STEPS), 9))


def test_a_refusal_is_answered_by_the_shrunk_mean(table: Any, context: Any) -> None:
    """One series of three ends in what the model does not take."""
    train, batch = asked(table, 3)
    support = batch.support._replace(y=np.where(np.arange(3)[:, None] == 1, 3, batch.support.y))
    params = fit_series(train, context, 1)
    latent = forecast_series(params, adapt_series(params, batch.descriptor, support), batch.query, Rising, 3)
    assert latent.mean[0].tolist() == [6, 7, 8, 9]
    assert len(set(latent.mean[1].tolist())) == 1


@pytest.mark.parametrize("learner", [AutoETS(), AutoTheta()], ids=lambda learner: learner.name)
def test_without_the_package_it_is_not_ready(
    learner: Any, table: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line that installs it is named, before anything is fitted."""
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    with pytest.raises(NotReady, match=rf"{learner.name} needs the package statsforecast: .*warmstart\[series\]"):
        learner.fit(asked(table, 3)[0], context)


@pytest.mark.parametrize("learner", [AutoETS(season=1), AutoTheta(season=1)], ids=lambda learner: learner.name)
def test_the_real_package_sees_a_trend_or_a_level(learner: Any, table: Any, context: Any) -> None:
    """A steady series goes on steadily, far from the mean of all tasks."""
    try:
        models(learner.name)
    except NotReady as error:
        pytest.skip(str(error))
    made = table(tasks=20, rows=20)
    rng = np.random.default_rng(0)
    level = np.repeat(np.where(np.arange(20) % 2, 5.0, -5.0), 20)
    train = replace(made, y=(level + 0.1 * rng.normal(size=400)).astype(np.float32), time=1 + np.arange(400) % 20)
    batch = gather(train, at_cut(train, 13, shots=12, least=12), 12)
    params = learner.fit(train, context)
    latent = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    np.testing.assert_allclose(latent.mean, batch.y, atol=0.6)
    assert (latent.noise < 0.5).all()
