"""Both databases, empty: a test that asks for `url` runs on each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres?connect_timeout=5"


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
