"""`BgNbd`: the paper's formulas by hand, its parameters from customers that were drawn, and columns read by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.errors import UsageError
from warmstart.learners.bg_nbd import BgNbd, buys_again, fit_customers
from warmstart.tables.person_periods import person_periods
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.taskset import TaskSet

R, ALPHA, A, B = TRUTH = np.array([0.8, 5.0, 1.5, 4.0])
NOW, SOON = 40.0, 10.0


def drawn(customers: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Customers as the model draws them, seen for 40 weeks, and whether they buy in the next ten."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(R, 1 / ALPHA, customers), rng.beta(A, B, customers)
    steps = rng.exponential(1 / rate[:, None], (customers, 400)).cumsum(axis=1)
    made = np.arange(1, 401) <= rng.geometric(leaves)[:, None]  # repeat purchases before the customer is gone
    times = np.where(made, steps, np.inf)
    seen = times < NOW
    frequency = seen.sum(axis=1)
    recency = np.where(seen, times, 0).max(axis=1)
    again = ((times >= NOW) & (times < NOW + SOON)).any(axis=1)
    return {
        "frequency": frequency.astype(float),
        "recency_days": recency,
        "age_days": np.full(customers, NOW),
        "y": again,
    }


def test_chance_by_hand() -> None:
    """Who never came back is alive for sure; who came ten times and then stayed away is gone; both by the formula."""
    never = buys_again(TRUTH, np.array([0.0]), np.array([0.0]), np.array([NOW]), SOON)
    assert never == pytest.approx(1 - ((ALPHA + NOW) / (ALPHA + NOW + SOON)) ** R)
    x, last = 10.0, 8.0
    alive = 1 / (1 + A / (B + x - 1) * ((ALPHA + NOW) / (ALPHA + last)) ** (R + x))
    expected = alive * (1 - ((ALPHA + NOW) / (ALPHA + NOW + SOON)) ** (R + x))
    assert buys_again(TRUTH, np.array([x]), np.array([last]), np.array([NOW]), SOON) == pytest.approx(expected)
    assert expected < 1e-4


def test_parameters_come_back() -> None:
    """From 20,000 drawn customers; chances agree with what they did."""
    rows = drawn(20_000)
    told = rows["frequency"], rows["recency_days"], rows["age_days"]
    found = fit_customers(*told, np.ones(20_000))
    np.testing.assert_allclose(found, TRUTH, rtol=0.15)
    chance = buys_again(found, *told, SOON)
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.6)):
        inside = (chance >= low) & (chance < high)
        assert abs(chance[inside].mean() - rows["y"][inside].mean()) < 0.02


def tasks(**other: Any) -> TaskSet:
    """Forty cohorts of fifty customers; `left` is the opposite of buying again."""
    rows = drawn(2000, seed=1)
    frame = pl.DataFrame({**rows, "cohort": np.repeat(np.arange(40), 50)} | other)
    frame = frame.with_columns(pl.when("y").then(pl.lit("no")).otherwise(pl.lit("yes")).alias("left"))
    features = [Column(c, Role.FEATURE) for c in frame.columns if c not in ("cohort", "y", "left")]
    schema = Schema((Column("cohort", Role.TASK), Column("left", Role.TARGET, Kind.CATEGORY), *features), Target.CLASS)
    return TaskSet.from_table(frame.drop("y"), schema)


def test_what_the_target_means_is_learnt() -> None:
    """The label says who left: who came often and lately is said to stay, and the mean is right."""
    model = meta_train(tasks(), BgNbd(horizon=SOON))
    asked = pl.DataFrame({"frequency": [20.0, 5.0], "recency_days": [39.0, 8.0], "age_days": [NOW, NOW]})
    stays, gone = model.adapt(None).predict(asked).probability[:, 1]
    assert stays < 0.35
    assert gone > 0.95
    whole = tasks()
    mean = model.adapt(None).predict(whole.frame).probability[:, 1].mean()
    assert mean == pytest.approx((whole.frame["left"] == "yes").mean(), abs=0.01)


def test_a_missing_column_is_named() -> None:
    """What it reads can be called otherwise; what is not there is said."""
    with pytest.raises(UsageError, match="bg_nbd: no feature 'orders' of kind 'number'; there are: frequency"):
        meta_train(tasks(), BgNbd(frequency="orders"))
    assert BgNbd(frequency="orders").named_columns == ("orders", "recency_days", "age_days")


def test_an_interval_by_hand() -> None:
    """Who has bought nothing by its start buys in it with the chance that is gained, over what was left."""
    edges = (4.0, SOON)
    rows = pl.DataFrame(drawn(20_000)).with_columns(
        pl.Series("cohort", np.repeat(np.arange(40), 500)),
        days=pl.when("y").then(5.0).otherwise(SOON),
        bought=pl.col("y").cast(pl.Int64),
    )
    frame = person_periods(rows.drop("y"), duration="days", event="bought", edges=edges)
    features = [Column(c, Role.FEATURE) for c in ("frequency", "recency_days", "age_days", "starts", "ends")]
    columns = (Column("cohort", Role.TASK), Column("unit", Role.UNIT), Column("at_risk", Role.WEIGHT))
    schema = Schema((*columns, Column("came", Role.TARGET, Kind.CATEGORY), *features), Target.CLASS)
    model = meta_train(TaskSet.from_table(frame, schema), BgNbd())
    np.testing.assert_allclose(model.params["customers"], TRUTH, rtol=0.15)
    told = (np.array([2.0]), np.array([30.0]), np.array([NOW]))
    first, both = (buys_again(model.params["customers"], *told, end)[0] for end in edges)
    odds = [np.log(chance / (1 - chance)) for chance in (first, (both - first) / (1 - first))]
    asked = pl.DataFrame(
        {"frequency": [2.0] * 2, "recency_days": [30.0] * 2, "age_days": [NOW] * 2, "starts": [0.0, 4.0], "ends": edges}
    )
    said = model.adapt(None).predict(asked).probability[:, 1]
    shift, slope = model.params["meaning"]
    np.testing.assert_allclose(np.log(said / (1 - said)), shift + slope * np.array(odds), atol=1e-3)
