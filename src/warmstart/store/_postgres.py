"""`PostgreSQL`: a database server, by psycopg, for more than one machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from warmstart.errors import NotReady, WarmstartError
from warmstart.store._pool import Pool

__all__ = ["PostgreSQL"]

_WRITERS = 7_023_114  # the advisory lock of all writers: sequence numbers become visible in their order
_CONNECT_S = 5


class _Statements:
    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        self._cursor.execute(_own(sql), values)
        return self._cursor.fetchall() if self._cursor.description else []

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._cursor.executemany(_own(sql), rows)


class PostgreSQL:
    """A connection that is lost is opened again by the next call; what was not acknowledged has to be sent again."""

    types = {"serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "BYTEA", "big": "BIGINT"}  # noqa: RUF012

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = Pool(self._open)

    @contextmanager
    def read(self) -> Iterator[_Statements]:
        """As `Database` says."""
        with self._cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _Statements(cursor)

    @contextmanager
    def write(self) -> Iterator[_Statements]:
        """As `Database` says."""
        with self._cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITERS,))
            yield _Statements(cursor)

    def close(self) -> None:
        """As `Database` says."""
        self._pool.close()

    def _open(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=_CONNECT_S)

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        try:
            with self._pool.lend() as connection, connection.transaction(), connection.cursor() as cursor:
                yield cursor
        except WarmstartError:
            raise
        except psycopg.Error as error:
            raise NotReady(f"the database does not answer: {str(error).strip() or type(error).__name__}") from error


def _own(sql: str) -> str:
    """Our placeholders as psycopg's."""
    return sql.replace("?", "%s")
