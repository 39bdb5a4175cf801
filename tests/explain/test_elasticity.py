"""`elasticities` of shops whose customers mind prices differently: slope, interval, and what has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import warmstart as ws
from warmstart.errors import DataError, UsageError
from warmstart.explain.elasticity import elasticities
from warmstart.learners.hierarchical import Hierarchical
from warmstart.learners.last_value import LastValue
from warmstart.tables.schema import Column, Kind, Role, Schema

COLUMNS = (
    Column("shop", Role.TASK, Kind.CATEGORY),
    Column("week", Role.TIME),
    Column("log_price", Role.FEATURE),
    Column("units", Role.TARGET, log=True),
)
SLOPES = 4.0, 1.0
NEW = 40


def weeks(shops: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Twelve weeks a shop: log units = 5 - slope x log price + noise of 0.2; slopes are about 4, give or take 1."""
    rng = np.random.default_rng(seed)
    slope = SLOPES[0] + SLOPES[1] * rng.normal(size=shops)
    price = 0.3 * rng.normal(size=(shops, 12))
    units = np.exp(5 - slope[:, None] * price + 0.2 * rng.normal(size=price.shape))
    names = np.repeat([f"{seed}-{s}" for s in range(shops)], 12)
    columns = {"shop": names, "week": np.tile(np.arange(12), shops), "log_price": price.ravel(), "units": units.ravel()}
    return pl.DataFrame(columns), -slope


@pytest.fixture(scope="module")
def model() -> ws.MetaModel:
    """Two hundred shops, learned from by partial pooling."""
    return ws.meta_train(ws.TaskSet.from_table(weeks(200, 0)[0], Schema(COLUMNS)), Hierarchical())


def test_new_shops_have_the_slope_of_their_customers(model: ws.MetaModel) -> None:
    """Four weeks tell most of it, and nine of ten true slopes lie in the interval, which is the posterior's own."""
    frame, truth = weeks(NEW, 1)
    found = []
    for part in frame.partition_by("shop", maintain_order=True):
        adapted = model.adapt(part[:4])
        said = elasticities(adapted, part[4:5], "log_price", logarithm=True)
        assert said.low is not None
        assert said.high is not None
        target, columns = model.codec.target, model.params["columns"]
        spread = np.asarray(adapted.state.covariance).reshape(2, 2)[1, 1] ** 0.5 * columns["scale"][0] * target.scale
        raw = model.codec.row.transform(pl.DataFrame({"log_price": [0.0, 1.0]})).numbers[:, 0]
        assert said.high[0] - said.mean[0] == pytest.approx(1.645 * spread * (raw[1] - raw[0]), rel=0.02)
        found.append((said.mean[0], said.low[0], said.high[0]))
    mean, low, high = np.array(found).T
    assert np.abs(mean - truth).mean() < 0.5 * np.abs(truth.mean() - truth).mean()
    assert 0.8 <= ((low <= truth) & (truth <= high)).mean() <= 1


def test_before_any_week_the_slope_is_that_of_all_shops(model: ws.MetaModel) -> None:
    """The interval is as wide as shops differ."""
    said = elasticities(model.adapt(), pl.DataFrame({"log_price": [0.0, 0.2]}), "log_price", logarithm=True)
    np.testing.assert_allclose(said.mean, -SLOPES[0], atol=0.25)
    assert said.low is not None
    np.testing.assert_allclose(said.mean - said.low, 1.645 * SLOPES[1], rtol=0.2)


def test_what_has_no_joint_belief_has_no_interval() -> None:
    """A last value that does not look at prices has the slope 0, and says nothing of how sure that is."""
    blind = ws.meta_train(ws.TaskSet.from_table(weeks(40, 0)[0], Schema(COLUMNS)), LastValue())
    said = elasticities(
        blind.adapt(weeks(1, 1)[0][:4]), pl.DataFrame({"log_price": [0.0]}), "log_price", logarithm=True
    )
    assert said.mean == pytest.approx(0)
    assert said.low is None
    assert said.high is None


@pytest.mark.parametrize(
    ("rows", "column", "options", "error", "words"),
    [
        ({"log_price": [0.0]}, "cost", {"logarithm": True}, DataError, "column 'cost': missing"),
        (
            {"log_price": [1.0, None]},
            "log_price",
            {"logarithm": True},
            DataError,
            "column 'log_price': row 1: no price",
        ),
        ({"log_price": [-1.0]}, "log_price", {}, DataError, "expected price above 0; got -1.0"),
        ({"log_price": [0.0]}, "log_price", {"step": 0.0}, UsageError, "step above 0"),
    ],
)
def test_bad_questions(
    model: ws.MetaModel, rows: dict[str, Any], column: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """What is missing, no price, or no step is named."""
    with pytest.raises(error, match=words):
        elasticities(model.adapt(), pl.DataFrame(rows), column, **options)
