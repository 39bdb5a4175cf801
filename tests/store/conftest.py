"""Both databases, empty: every test of the store runs on each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from warmstart.store.database import Database, connect
from warmstart.store.event import event_of
from warmstart.store.log import Request

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres?connect_timeout=5"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database: a file, or a schema of its own on the server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'warmstart.db'}"
        return
    psycopg = pytest.importorskip("psycopg")
    name = f"test_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL on this machine: {error}")
    with server:
        server.execute(f"CREATE SCHEMA {name}")
        yield f"{SERVER}&options=-csearch_path%3D{name}"
        server.execute(f"DROP SCHEMA {name} CASCADE")


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
