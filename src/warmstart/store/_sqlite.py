"""`SQLite`: the embedded database, by apsw, whose library is newer than the standard one and free of its WAL fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

import apsw

from warmstart.errors import DamagedFile, NotReady, WarmstartError
from warmstart.store._pool import Pool

if TYPE_CHECKING:
    from warmstart.store.database import Transaction

__all__ = ["SQLite"]

_WAIT_MS = 30_000  # for another process that writes
_DAMAGED = (apsw.CorruptError, apsw.NotADBError)


class _Statements:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql, values))

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)


class SQLite:
    """One file and its write-ahead log; a commit is on the disk (synchronous=FULL) before it is acknowledged."""

    types: ClassVar[Mapping[str, str]] = {
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "bytes": "BLOB",
        "big": "INTEGER",
    }

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._readers, self._writers = Pool(self._open), Pool(self._open)
        self._writing = Lock()

    @contextmanager
    def read(self) -> Iterator[_Statements]:
        """As `Database` says."""
        with self._translated(), self._readers.lend() as connection:
            yield from _within(connection, "BEGIN")

    @contextmanager
    def write(self) -> Iterator[_Statements]:
        """As `Database` says."""
        with self._translated(), self._writing, self._writers.lend() as connection:
            yield from _within(connection, "BEGIN IMMEDIATE")

    def go_on(self, transaction: Transaction, table: str) -> None:
        """As `Database` says: AUTOINCREMENT has seen it."""

    def close(self) -> None:
        """As `Database` says."""
        self._readers.close()
        self._writers.close()

    def _open(self) -> apsw.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(_WAIT_MS)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF")
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except WarmstartError:
            raise
        except _DAMAGED as error:
            raise DamagedFile(f"{self.path}: not a whole database ({error}); restore a backup") from error
        except apsw.FullError as error:
            raise NotReady(f"{self.path}: the disk is full; nothing was written") from error
        except (apsw.Error, OSError) as error:
            raise NotReady(f"{self.path}: {error}") from error


def _within(connection: apsw.Connection, begin: str) -> Iterator[_Statements]:
    connection.execute(begin)
    try:
        yield _Statements(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
