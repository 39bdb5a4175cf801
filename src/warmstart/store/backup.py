"""`backup` and `restore`: everything the store holds as one file, taken while the service runs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from warmstart.errors import Conflict, NotFound, NotReady
from warmstart.store._schema import TABLES, columns
from warmstart.store.database import Database, Transaction, connect

__all__ = ["backup", "restore"]

_AT_ONCE = 1_000  # rows; of files one by one
_LARGE = ("model_files",)
_LAST_OF_KEY = {
    "events": "seq",
    "models": "version",
    "model_files": "name",
    "promotions": "seq",
    "states": "task",
    "jobs": "id",
    "forgotten": "digest",
    "emptied": "seq",
    "keys": "id",
}
"""By table the last of its first columns that together name a row."""


def backup(database: Database, file: Path) -> dict[str, int]:
    """Write one moment of the store to an SQLite file; gives rows by table. The file is there whole or not at all.

    Errors: `Conflict` for a file that exists, `NotReady` where it cannot be written.
    """
    if file.exists():
        raise Conflict(f"{file} exists; name another file")
    try:
        folder = tempfile.mkdtemp(prefix=".backup-", dir=file.parent)
    except OSError as error:
        raise NotReady(f"{file}: {error}") from error
    part = Path(folder) / "part.db"
    try:
        with closing(connect(str(part))) as target:
            counts = _copied(database, target)
        _one_file(part)
        os.link(part, file)
    finally:
        for path in Path(folder).iterdir():
            path.unlink()
        Path(folder).rmdir()
    return counts


def restore(file: Path, database: Database) -> dict[str, int]:
    """Fill an empty store from a backup, in one transaction; gives rows by table.

    Errors: `NotFound`, `DamagedFile`, `Conflict` where the store is not empty.
    """
    if not file.exists():
        raise NotFound("backup", str(file), [path.name for path in file.parent.glob("*.db")])
    with closing(connect(str(file))) as source:
        return _copied(source, database)


def _copied(source: Database, target: Database) -> dict[str, int]:
    counts: dict[str, int] = {}
    with source.read() as read, target.write() as write:
        for table in TABLES:
            if write.run(f"SELECT 1 FROM {table} LIMIT 1"):
                raise Conflict(f"the database holds {table} already; restore into an empty one")
            counts[table] = 0
            names = columns(table)
            marks = ", ".join("?" * len(names))
            for rows in _pages(read, table, names):
                write.many(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
                counts[table] += len(rows)
            if names[0] == "seq":
                target.go_on(write, table)
    return counts


def _pages(transaction: Transaction, table: str, names: tuple[str, ...]) -> Iterator[list[tuple[Any, ...]]]:
    """All rows, some at a time, in the order of their first columns, by which a row is known."""
    told, most = ", ".join(names), 1 if table in _LARGE else _AT_ONCE
    key = names[: names.index(_LAST_OF_KEY[table]) + 1]
    order, marks = ", ".join(key), ", ".join("?" * len(key))
    rows = transaction.run(f"SELECT {told} FROM {table} ORDER BY {order} LIMIT ?", most)
    while rows:
        yield rows
        beyond = rows[-1][: len(key)]
        rows = transaction.run(
            f"SELECT {told} FROM {table} WHERE ({order}) > ({marks}) ORDER BY {order} LIMIT ?", *beyond, most
        )


def _one_file(path: Path) -> None:
    """Without a write-ahead log beside it."""
    import apsw

    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE")
    connection.close()
