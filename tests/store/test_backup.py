"""`backup` and `restore`: from either database into either, while events come in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warmstart.errors import Conflict, DamagedFile, NotFound, NotReady
from warmstart.store._schema import TABLES
from warmstart.store.backup import backup, restore
from warmstart.store.database import Database, connect
from warmstart.store.keys import KeyKind, Keys
from warmstart.store.log import EventLog, Receipt
from warmstart.store.registry import Registry

Make = Callable[..., Any]
NOW = datetime(2026, 1, 6, tzinfo=UTC)


def filled(database: Database, folder: Path, bought: Make, asked: Make) -> str:
    """Events (one forgotten), two models, a promotion and a key, which is given."""
    log, registry = EventLog(database), Registry(database)
    log.append(asked(*(bought(str(i), f"task {i % 5}") for i in range(1203)), bought("x", "bert")))
    log.forget("shop", "bert", NOW)
    for version in ("one", "two"):
        (folder / version).mkdir()
        (folder / version / "manifest.json").write_text(version)
        (folder / version / "arrays.safetensors").write_bytes(version.encode() * 1000)
        registry.publish("shop", "price", version, folder / version, NOW, {})
    registry.promote("shop", "price", "two", NOW, "first")
    return Keys(database).create("shop", KeyKind.READ, NOW)


def test_there_and_back(database: Database, url: str, tmp_path: Path, bought: Make, asked: Make) -> None:
    """All of it, and the store goes on where it was: ids are known, new events follow."""
    key = filled(database, tmp_path, bought, asked)
    counts = backup(database, tmp_path / "kept.db")
    assert counts == {
        "events": 1204,
        "models": 2,
        "model_files": 4,
        "promotions": 1,
        "states": 0,
        "jobs": 0,
        "forgotten": 1,
        "emptied": 1,
        "keys": 1,
    }
    with database.write() as transaction:
        for table in TABLES:
            transaction.run(f"DELETE FROM {table}")
    assert restore(tmp_path / "kept.db", database) == counts
    log = EventLog(database)
    assert log.append(asked(bought("0", "task 0"), bought("x", "bert"))) == Receipt(0, 2)
    before = log.before_latest("shop", "price", 0)
    assert log.append(asked(bought("new"))) == Receipt(1, 0)
    assert log.before_latest("shop", "price", 0) > before == 1204
    assert Registry(database).pointer("shop", "price").serving == "two"
    folder = Registry(database).fetch("shop", "price", "two", tmp_path / "cache")
    assert (folder / "arrays.safetensors").read_bytes() == b"two" * 1000
    assert Keys(database).check(key) is not None
    assert len(log.forgotten("shop")) == 1


def test_one_moment(database: Database, tmp_path: Path, bought: Make, asked: Make) -> None:
    """Pairs of events that are acknowledged together are both in a copy, or neither."""
    log, ended = EventLog(database), threading.Event()

    def write() -> None:
        i = 0
        while not ended.is_set():
            log.append(asked(bought(f"{i}-a"), bought(f"{i}-b")))
            i += 1

    writer = threading.Thread(target=write)
    writer.start()
    for each in range(3):
        backup(database, tmp_path / f"{each}.db")
    ended.set()
    writer.join()
    for each in range(3):
        with closing(connect(str(tmp_path / f"{each}.db"))) as copy:
            names = [event.event.id for event in EventLog(copy).since("shop")]
        assert len(names) % 2 == 0
        assert {name[:-1] for name in names if name.endswith("a")} == {
            name[:-1] for name in names if name.endswith("b")
        }


def test_refused(database: Database, tmp_path: Path, bought: Make, asked: Make) -> None:
    """A file that is there, a folder that is not, a store that is not empty, a file that is no backup."""
    EventLog(database).append(asked(bought("1")))
    backup(database, tmp_path / "kept.db")
    with pytest.raises(Conflict, match="exists"):
        backup(database, tmp_path / "kept.db")
    with pytest.raises(NotReady):
        backup(database, tmp_path / "nowhere" / "kept.db")
    with pytest.raises(Conflict, match="events already"):
        restore(tmp_path / "kept.db", database)
    with pytest.raises(NotFound):
        restore(tmp_path / "other.db", database)
    (tmp_path / "text.db").write_text("no database" * 1000)
    with pytest.raises(DamagedFile):
        restore(tmp_path / "text.db", database)
    assert not list(tmp_path.glob(".backup-*"))
