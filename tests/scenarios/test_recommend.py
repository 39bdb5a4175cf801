"""`recommend` on what shops really send: unknown names, items of which nothing is known, endless histories."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import warmstart as ws
from warmstart.decide.rank import Filters, rank
from warmstart.errors import DataError
from warmstart.prediction import Scores
from warmstart.scenarios.catalog import scenario
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

LEARNERS = ("rerank", "bayes_head", "blend")
SCHEMA = Schema(
    (
        Column("customer", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("town", Role.DESCRIPTOR, Kind.CATEGORY),
        Column("kind", Role.FEATURE, Kind.CATEGORY),
        Column("price", Role.FEATURE),
    ),
    Target.CHOICE,
)
ITEMS = 30


def shop(items: int = ITEMS) -> TaskSet:
    """Customers buy three items on their first day and two on a later one; of i0 neither kind nor price is known."""
    rng = np.random.default_rng(0)
    rows = [
        (f"c{c}", day + later, f"i{item}", "north" if c % 2 else "south")
        for c, day in enumerate(rng.integers(0, 60, 240))
        for later, n in ((0, 3), (7, 2))
        for item in rng.integers(0, items, n)
    ]
    frame = pl.DataFrame(rows, schema=["customer", "day", "item", "town"], orient="row")
    known = [(f"i{i}", None if i == 0 else f"k{i % 3}", None if i == 0 else float(i)) for i in range(items)]
    catalogue = pl.DataFrame(known, schema={"item": pl.String, "kind": pl.String, "price": pl.Float64}, orient="row")
    return TaskSet.of(Table("shop", frame, SCHEMA, catalogue))


@cache
def trained(name: str, items: int = ITEMS) -> ws.MetaModel:
    """The scenario's own learner, trained for a moment."""
    recommend = scenario("recommend")
    settings = recommend.settings_for("ranking")
    return ws.meta_train(shop(items), recommend.contest("ranking").make(name), settings=settings, steps=5)


@pytest.fixture(params=LEARNERS)
def model(request: Any) -> ws.MetaModel:
    """Each learner that the scenario shows."""
    return trained(request.param)


def scores(task: ws.Adapted) -> np.ndarray:
    """Of the whole catalogue, all finite."""
    found = task.predict().distribution
    assert isinstance(found, Scores)
    assert np.isfinite(found.scores).all()
    return found.scores


def bought(*items: str) -> pl.DataFrame:
    """In one moment."""
    return pl.DataFrame({"item": list(items)})


def test_a_customer_of_an_unknown_town_has_the_prior(model: ws.MetaModel) -> None:
    """Nothing is known of the customer: the answer says that it is the prior, and is that of no town at all."""
    unknown = model.adapt(None, descriptor={"town": "west"})
    assert (unknown.predict().tier, unknown.k) == ("prior", 0)
    np.testing.assert_allclose(scores(unknown), scores(model.adapt(None)), rtol=1e-5)


def test_an_item_without_attributes_is_ranked(model: ws.MetaModel) -> None:
    """As support it moves the others, as a candidate it has a score."""
    told = scores(model.adapt(bought("i0", "i4")))
    assert len(told) == ITEMS
    assert not np.allclose(told, scores(model.adapt(bought("i4"))))


def test_a_hundred_thousand_events_are_one_customer(model: ws.MetaModel) -> None:
    """However often the same items come, the customer is who bought each once."""
    names = [f"i{i % 10}" for i in range(100_000)]
    task = model.adapt(bought(*names))
    assert task.k == 10
    np.testing.assert_allclose(scores(task), scores(model.adapt(bought(*names[:10]))), rtol=1e-4, atol=1e-5)


def test_events_after_the_query_are_refused(model: ws.MetaModel) -> None:
    """What is asked lies on day 3, what is told on day 90: that would be the future."""
    late = bought("i1").with_columns(day=pl.lit(90))
    with pytest.raises(DataError, match="column 'day': row 0"):
        model.adapt(late).predict(bought("i2").with_columns(day=pl.lit(3)))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_catalogue_of_one(name: str) -> None:
    """There is one list, and it is short."""
    top, _ = trained(name, 1).adapt(bought("i0")).predict().top(5)
    assert top.tolist() == ["i0"]


def test_all_candidates_filtered_out(model: ws.MetaModel) -> None:
    """An empty list says why."""
    nothing = Filters(blocked=np.ones(ITEMS, bool))
    shown = rank(scores(model.adapt(bought("i3"))), 5, np.random.default_rng(0), filters=nothing)
    assert len(shown.items) == 0
    assert shown.shortfall == f"0 of 5 places filled: no other item is left ({ITEMS} blocked)"
