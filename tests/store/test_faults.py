"""What disks and power cuts do to the embedded database: torn tails, full disks, damaged files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from warmstart.errors import DamagedFile, NotReady
from warmstart.store._sqlite import SQLite
from warmstart.store.database import connect
from warmstart.store.log import EventLog, Receipt

Make = Callable[..., Any]
EVERY = 1 if os.environ.get("WARMSTART_FAULTS") else 97
"""Bytes between two torn tails; `make faults` tears at each."""


def test_a_torn_tail(tmp_path: Path, bought: Make, asked: Make) -> None:
    """The write-ahead log cut at every byte of its last record: what was acknowledged before is there, in its order."""
    live, torn = tmp_path / "live.db", tmp_path / "torn.db"
    with closing(connect(str(live))) as database:
        log = EventLog(database)
        log.append(asked(bought("1"), bought("2")))
        wal = live.with_name("live.db-wal")
        before = wal.stat().st_size
        log.append(asked(bought("3", note="x" * 5000)))
        whole, main = wal.read_bytes(), live.read_bytes()
    assert len(whole) > before
    lengths = {*range(before, len(whole), EVERY), len(whole) - 1, len(whole)}
    for length in sorted(lengths):
        for path in tmp_path.glob("torn.db*"):
            path.unlink()
        torn.write_bytes(main)
        torn.with_name("torn.db-wal").write_bytes(whole[:length])
        with closing(connect(str(torn))) as database:
            log = EventLog(database)
            ids = [each.event.id for each in log.since("shop")]
            assert ids == ["1", "2", "3"] if length == len(whole) else ids in (["1", "2"], ["1", "2", "3"])
            assert log.append(asked(bought("3", note="x" * 5000))) == Receipt(3 - len(ids), len(ids) - 2)


def test_a_full_disk(tmp_path: Path, bought: Make, asked: Make) -> None:
    """Refused with the reason, nothing written, reads go on; when there is room again, so do writes."""
    with closing(connect(str(tmp_path / "full.db"))) as database:
        assert isinstance(database, SQLite)
        log = EventLog(database)
        log.append(asked(bought("1")))
        with database.write() as transaction:
            (pages,) = transaction.run("PRAGMA page_count")[0]
            transaction.run(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(NotReady, match="the disk is full"):
            log.append(asked(*(bought(f"a{i}", note="x" * 9000) for i in range(20))))
        assert [each.event.id for each in log.since("shop")] == ["1"]
        assert log.append(asked(*(bought(f"a{i}", note="x" * 9000) for i in range(20)))) == Receipt(20, 0)


@pytest.mark.parametrize("at", [0, 20, 100])
def test_a_damaged_file(tmp_path: Path, bought: Make, asked: Make, at: int) -> None:
    """Bytes overwritten in the head of the file: refused by name, not believed."""
    path = tmp_path / "damaged.db"
    with closing(connect(str(path))) as database:
        EventLog(database).append(asked(bought("1")))
    content = bytearray(path.read_bytes())
    content[at : at + 60] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises((DamagedFile, NotReady), match=r"damaged.db"), closing(connect(str(path))) as database:
        list(EventLog(database).since("shop"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Not ready, with the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReady, match="file"):
        connect(str(tmp_path / "file" / "warmstart.db"))


def test_a_copy_of_the_files_is_whole(tmp_path: Path, bought: Make, asked: Make) -> None:
    """Taken while it is open, between two commits: database and write-ahead log together hold every event."""
    with closing(connect(str(tmp_path / "live.db"))) as database:
        log = EventLog(database)
        for i in range(5):
            log.append(asked(bought(str(i))))
            for path in tmp_path.glob("live.db*"):
                shutil.copy(path, tmp_path / path.name.replace("live", f"copy{i}"))
            with closing(connect(str(tmp_path / f"copy{i}.db"))) as copy:
                assert len(list(EventLog(copy).since("shop"))) == i + 1
