"""`Database`: what the store needs of SQLite or PostgreSQL; `connect` opens either by its URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from warmstart.errors import NotReady, UsageError
from warmstart.store._schema import check, create

__all__ = ["Database", "Transaction", "connect", "file_of"]


class Transaction(Protocol):
    """All of it happens, or nothing does."""

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """One statement, a `?` for each value; its rows, if it gives any."""

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """The statement once for each row."""


class Database(Protocol):
    """Safe to share between threads. Errors: `NotReady` where it cannot be reached or written, `DamagedFile`."""

    types: ClassVar[Mapping[str, str]]
    """What the columns of `_schema` are called here."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Sees one moment of everything that was acknowledged."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Alone among writers, of all processes; durable when the block is left."""

    def go_on(self, transaction: Transaction, table: str) -> None:
        """Let the next `seq` of a table that was filled from a copy follow the highest there."""

    def close(self) -> None:
        """Give back every connection."""


def connect(url: str, *, make: bool = True) -> Database:
    """Open `sqlite:///PATH` (or a path alone) or `postgresql://…`; tables are made where there are none.

    With `make=False` nothing is made, and `NotReady` where nothing is. Errors: `UsageError` for another kind of URL;
    `NotReady`, `DamagedFile`; `Conflict` for tables of a later version.
    """
    kind, path = url.partition("://")[0], file_of(url)
    database: Database
    try:
        if path is not None:
            from warmstart.store._sqlite import SQLite

            if not make and not path.exists():
                raise NotReady(f"{path}: no such file; `warmstart serve --db` makes it")
            database = SQLite(path)
        elif kind in ("postgresql", "postgres"):
            from warmstart.store._postgres import PostgreSQL

            database = PostgreSQL(url)
        else:
            raise UsageError(f"database: expected sqlite:///PATH or postgresql://USER@HOST/NAME; got {kind}://…")
    except ImportError as error:
        raise NotReady(f"the store needs the package {error.name}: pip install 'warmstart[service]'") from error
    (create if make else check)(database)
    return database


def file_of(url: str) -> Path | None:
    """Where an embedded database lies; None for a server's."""
    kind, mark, rest = url.partition("://")
    if mark and kind != "sqlite":
        return None
    return Path((rest[1:] if mark else url) or "warmstart.db")
