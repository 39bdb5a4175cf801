"""A survey counts what a store holds, and names what is damaged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warmstart.engine.model import MetaModel
from warmstart.errors import Conflict, NotReady
from warmstart.store.database import Database, connect
from warmstart.store.keys import KeyKind, Keys
from warmstart.store.log import EventLog
from warmstart.store.registry import Registry
from warmstart.store.survey import Survey, survey

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_counts(database: Database, bought: Callable[..., Any], asked: Callable[..., Any]) -> None:
    """Events that were emptied and keys that were revoked do not count."""
    log, keys = EventLog(database), Keys(database)
    log.append(asked(bought("1"), bought("2"), bought("3", task="ben")))
    log.forget("shop", "ben", NOW)
    for _ in range(2):
        keys.create("shop", KeyKind.READ, NOW)
    keys.revoke(keys.all()[0].id, NOW)
    assert survey(database) == Survey(version=1, events=2, models=0, states=0, keys=1, damaged=())


def test_damaged(database: Database, tmp_path: Path, model: Callable[..., MetaModel]) -> None:
    """A model with a flipped byte is named; the whole one beside it is not."""
    versions = []
    for seed in range(2):
        folder = tmp_path / str(seed)
        versions.append(model("number", seed=seed).save(folder).version)
        Registry(database).publish("shop", "demand", versions[-1], folder, NOW, {})
    with database.write() as transaction:
        own = "name = 'manifest.json' AND version = ?"
        transaction.run(f"UPDATE model_files SET content = ? WHERE {own}", b"{}", versions[0])
    found = survey(database)
    assert (found.models, found.damaged) == (2, (f"demand {versions[0]}",))


def test_opened_as_it_is(url: str) -> None:
    """`make=False` opens what is there, makes nothing, and refuses tables of another version."""
    with pytest.raises(NotReady):
        connect(url, make=False)
    with closing(connect(url)) as database, closing(connect(url, make=False)):
        with database.write() as transaction:
            transaction.run("UPDATE schema_version SET version = 2")
        with pytest.raises(Conflict, match="tables of version 2"):
            connect(url, make=False)
