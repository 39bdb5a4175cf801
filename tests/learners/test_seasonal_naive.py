"""`SeasonalNaive`: the last value, or that of a season before, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.engine.answer import count_moments
from warmstart.learners.seasonal_naive import SeasonalNaive
from warmstart.tasks.episodes import at_cut, gather

ROWS = 12


def world(table: Any, likelihood: str = "gaussian") -> Any:
    """Four tasks whose rows count 0, 1, 2, 0, 1, 2, …"""
    made = table(likelihood, tasks=4, rows=ROWS)
    place = np.arange(4 * ROWS) % ROWS
    return replace(made, y=(place % 3).astype(np.float32), time=1 + place)


def said(learner: SeasonalNaive, train: Any, context: Any, shots: int) -> Any:
    """The belief about rows 6 to 11 of each task after `shots` rows, and what they are."""
    params = learner.fit(train, context)
    batch = gather(train, at_cut(train, 7, shots=6, least=6).shown(shots), 6)
    return learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query), batch.y


@pytest.mark.parametrize("shots", [3, 4, 6])
def test_a_season_before(shots: int, table: Any, context: Any) -> None:
    """From a season on all is foretold, whatever the support holds beyond it, and two seasons ahead too."""
    latent, y = said(SeasonalNaive(season=3), world(table), context, shots)
    np.testing.assert_array_equal(latent.mean, y)
    assert latent.noise.max() <= 1e-5


def test_the_last_value_where_the_support_is_short(table: Any, context: Any) -> None:
    """Two rows, the last of them 2. Three rows apart nothing differs; one or two apart, all rows by 1 or 2."""
    latent, _ = said(SeasonalNaive(season=3), world(table), context, 2)
    assert (latent.mean == 2).all()
    assert latent.noise[0, 2] == pytest.approx(1e-6)
    assert latent.noise[0, 0] == pytest.approx((1 + 1 + 4 + 1 + 1 + 4 + 1 + 1 + 4 + 1 + 1) / 11)


def test_the_mean_without_a_support(table: Any, context: Any) -> None:
    """Of 0, 1 and 2 it is 1, their variance 2/3."""
    latent, _ = said(SeasonalNaive(), world(table), context, 0)
    assert latent.mean == pytest.approx(1)
    assert latent.noise == pytest.approx(2 / 3)


def test_counts(table: Any, context: Any) -> None:
    """The last count is the expected one; after nothing sold, next to nothing is, and its spread is that of zeros."""
    latent, _ = said(SeasonalNaive(season=1), world(table, "negative_binomial"), context, 6)
    assert count_moments(latent)[0] == pytest.approx(2, rel=1e-5)
    train = world(table, "negative_binomial")
    sold = replace(train, y=np.where(np.arange(len(train.y)) % ROWS == 5, 0, 3).astype(np.float32))
    mean, variance = count_moments(said(SeasonalNaive(season=1), sold, context, 6)[0])
    assert mean == pytest.approx(0.01, rel=1e-4)
    assert variance == pytest.approx(9, rel=0.02)  # the row after a zero is 3
