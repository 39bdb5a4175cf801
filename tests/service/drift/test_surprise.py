"""`surprise`: what was expected before an event, of each kind of answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.model import MetaModel
from warmstart.service.drift.surprise import surprise
from warmstart.service.limits import Limits
from warmstart.service.live import Live, Serving
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database
from warmstart.store.event import event_of
from warmstart.store.log import Logged
from warmstart.store.states import States

Make = Callable[..., dict[str, Any]]


def last(service: Service, scenario: str, *events: dict[str, Any]) -> Logged:
    """The last of these events, which are in the log."""
    service.ingest(DEFAULT_TENANT, scenario, [event_of(json.dumps(each)) for each in events]).result()
    found: Iterator[Logged] = service.log.since(DEFAULT_TENANT, scenario=scenario)
    return list(found)[-1]


def test_of_a_number(service: Service, sold: Make) -> None:
    """The error in fifths of five standard deviations; the event itself, and later ones, are not known."""
    live = service.live(DEFAULT_TENANT, "demand")
    event = last(service, "demand", sold("1", hour=8), sold("2", hour=9, sold=120.0))
    before = live.model.adapt(pl.DataFrame({"price": [1.0], "kind": ["u"], "sold": [90.0]}))
    expected = before.predict(pl.DataFrame({"price": [1.0], "kind": ["u"]}))
    deviations = abs(120.0 - expected.mean[0]) / expected.std[0]
    assert surprise(live, service.log, event) == pytest.approx(min(deviations / 5, 1), rel=1e-4)
    last(service, "demand", *(sold(str(i), hour=10, sold=120.0) for i in range(3, 9)))
    assert surprise(live, service.log, event) == pytest.approx(min(deviations / 5, 1), rel=1e-4)
    far = last(service, "demand", sold("99", "s2", sold=1e9))
    assert surprise(live, service.log, far) == 1.0


def test_of_an_item(service: Service) -> None:
    """The share of the catalogue above it: 0 for the best; an unknown item is not judged."""
    live = service.live(DEFAULT_TENANT, "recommend")
    best, scores = live.model.adapt().predict().top(6)
    held = {"kind": "interaction", "time": "2026-01-05T10:00:00Z"}
    found = [
        surprise(
            live, service.log, last(service, "recommend", {"id": name, "task": name, **held, "row": {"item": name}})
        )
        for name in (best[0], best[3], "unheard of")
    ]
    assert len(set(scores.tolist())) == 6
    assert found[:2] == [0.0, 0.5]
    assert np.isnan(found[2])


def test_of_a_level(service: Service, database: Database, model: Callable[..., MetaModel], sold: Make) -> None:
    """The negative logarithm of its probability, in fifths of five."""
    made = model("level")
    live = Live(DEFAULT_TENANT, "demand", service.log, States(database), Serving(made), Limits())
    event = last(service, "demand", sold("1", sold=2.0))
    chance = made.adapt().predict(pl.DataFrame({"price": [1.0], "kind": ["u"]})).probability[0, 2]
    assert surprise(live, service.log, event) == pytest.approx(min(-np.log(chance) / 5, 1), rel=1e-4)


def test_what_cannot_be_judged(
    service: Service, database: Database, model: Callable[..., MetaModel], sold: Make
) -> None:
    """A row that another model could learn from, and this one not."""
    live = Live(DEFAULT_TENANT, "demand", service.log, States(database), Serving(model("level")), Limits())
    assert np.isnan(surprise(live, service.log, last(service, "demand", sold("1", sold=17.5))))
