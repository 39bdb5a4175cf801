"""Items that events tell of: they are in the catalogue when the scenario is learned again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warmstart.engine.settings import Settings
from warmstart.errors import DataError
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.service.update.logged_items import with_logged_items
from warmstart.service.update.meta_update import meta_update
from warmstart.store.event import event_of
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

Tell = Callable[..., None]


@pytest.fixture
def tell(service: Service) -> Tell:
    """Acknowledges one event of `recommend`: `tell("item", hour=…, item=…, row=…)`."""
    import json

    told = iter(range(1_000))

    def event(kind: str, hour: int = 10, scenario: str = "recommend", **more: Any) -> None:
        held = {"id": f"event {next(told)}", "kind": kind, "time": f"2026-01-05T{hour:02d}:00:00Z", **more}
        service.ingest(DEFAULT_TENANT, scenario, [event_of(json.dumps(held))]).result()

    return event


def test_what_happened_last_counts(service: Service, tell: Tell, table: Callable[[str], Table]) -> None:
    """Feature by feature, whatever the order of arrival; a new item is added, all others stay as they are."""
    baskets = table("choice")
    assert with_logged_items(baskets, service.log, DEFAULT_TENANT, "recommend") is baskets
    tell("item", 12, item="i1", row={"size": 7.5})
    tell("item", 11, item="i1", row={"size": 2})
    tell("item", item="brand new", row={"size": 0.5})
    items = with_logged_items(baskets, service.log, DEFAULT_TENANT, "recommend").items
    assert items is not None
    assert baskets.items is not None
    before = dict(baskets.items.select("item", "size").iter_rows())
    after = dict(items.select("item", "size").iter_rows())
    assert after == before | {"i1": 7.5, "brand new": 0.5}


def launched(baskets: Table, tell: Tell, steps: int) -> Problem:
    """The problem of a shop that has just told of an item which no table knows."""
    tell("item", item="brand new", row={"size": 0.5})
    settings = Settings(steps=steps, batch=8, shots=(0, 1), validate_every=steps // 2)
    return Problem(baskets, Sampling(shots=(0, 1)), settings, "ranking")


def test_learned_with_the_next_version(
    service: Service, tell: Tell, table: Callable[[str], Table], tmp_path: Path
) -> None:
    """A version that is trained after it can show the new item; the one that serves does not know it."""
    problem = launched(table("choice"), tell, steps=20)
    for customer in range(6):
        tell("interaction", task=f"new {customer}", row={"item": "brand new"})
    made = meta_update(service, DEFAULT_TENANT, scenario("recommend"), problem, tmp_path / "made")
    assert "brand new" not in service.live(DEFAULT_TENANT, "recommend").model.codec.items
    service.promote(DEFAULT_TENANT, "recommend", made.version, "a test")
    model = service.live(DEFAULT_TENANT, "recommend").model
    assert "brand new" in model.codec.items
    assert model.adapt(pl.DataFrame({"item": ["brand new"]})).k == 1


def test_refused_when_it_arrives(service: Service, tell: Tell) -> None:
    """What is no feature, or does not fit, names event and column; a scenario without items only keeps it."""
    with pytest.raises(DataError, match=r"event 'event 0'.*'colour'.*size"):
        tell("item", item="i1", row={"colour": "red"})
    with pytest.raises(DataError, match=r"event 'event 1'.*'size'"):
        tell("item", item="i1", row={"size": "red"})
    tell("item", scenario="demand", item="i1", row={"colour": "red"})


def test_rows_bring_their_features_too(service: Service, tell: Tell, table: Callable[[str], Table]) -> None:
    """Where no table lists the items, those of the rows are completed."""
    baskets = table("choice")
    assert baskets.items is not None
    rows = replace(baskets, frame=baskets.frame.join(baskets.items, on="item"), items=None)
    tell("item", item="brand new", row={"size": 0.5})
    items = with_logged_items(rows, service.log, DEFAULT_TENANT, "recommend").items
    assert items is not None
    assert items.filter(item="brand new")["size"].to_list() == [0.5]
    assert items.height == baskets.frame["item"].n_unique() + 1


def test_who_does_not_know_an_item_has_missed_it(
    service: Service, tell: Tell, table: Callable[[str], Table], tmp_path: Path
) -> None:
    """New customers want the new item and nothing else: the version that knows it is judged better, and passes."""
    problem = launched(table("choice"), tell, steps=60)
    for customer in range(60):
        for hour in (10, 11):
            tell("interaction", hour, task=f"new {customer}", row={"item": "brand new"})
    made = meta_update(service, DEFAULT_TENANT, scenario("recommend"), problem, tmp_path / "made")
    assert made.gate.tasks >= 10
    assert made.gate.serving == 0
    assert made.gate.candidate > 0.5
    assert made.gate.passed
