"""An empty database of each kind, and what is written into it: every test of the store runs on both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from warmstart.store.database import Database, connect
from warmstart.store.event import event_of
from warmstart.store.log import Request

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Open, with its tables."""
    held = connect(url)
    yield held
    held.close()


Bought = Callable[..., Any]
Asked = Callable[..., Request]


@pytest.fixture
def bought() -> Bought:
    """Makes an interaction: `bought(id, task, **row)`."""

    def make(name: str, task: str = "anna", **row: Any) -> Any:
        held = {"id": name, "kind": "interaction", "task": task, "time": "2026-01-05T10:00:00Z", "row": row}
        return event_of(json.dumps(held))

    return make


@pytest.fixture
def asked() -> Asked:
    """Makes a request of events that arrive together."""

    def make(*events: Any, tenant: str = "shop", scenario: str = "price") -> Request:
        return Request(tenant, scenario, events, NOW)

    return make
