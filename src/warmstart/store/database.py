"""`Database`: what the store needs of SQLite or PostgreSQL; `connect` opens either by its URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

from warmstart.errors import NotReady, UsageError
from warmstart.store._schema import create

__all__ = ["Database", "Transaction", "connect"]


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


def connect(url: str) -> Database:
    """Open `sqlite:///PATH` (or a path alone) or `postgresql://…`; tables are made where there are none.

    Errors: `UsageError` for another kind of URL; `NotReady`, `DamagedFile`; `Conflict` for tables of a later version.
    """
    kind, mark, rest = url.partition("://")
    database: Database
    try:
        if not mark or kind == "sqlite":
            from warmstart.store._sqlite import SQLite

            database = SQLite((rest[1:] if mark else url) or "warmstart.db")
        elif kind in ("postgresql", "postgres"):
            from warmstart.store._postgres import PostgreSQL

            database = PostgreSQL(url)
        else:
            raise UsageError(f"database: expected sqlite:///PATH or postgresql://USER@HOST/NAME; got {kind}://…")
    except ImportError as error:
        raise NotReady(f"the store needs the package {error.name}: pip install 'warmstart[service]'") from error
    create(database)
    return database
