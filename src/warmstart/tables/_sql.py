"""Read the answer to a query from a database named by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from warmstart.errors import DataError, NotFound, NotReady, UsageError
from warmstart.tables._infer import infer_dates

__all__ = ["is_database", "read_sql"]


def is_database(source: str) -> bool:
    """Whether this text is a URL of a database that can be read."""
    return source.partition(":")[0] in ASK and "://" in source


def read_sql(url: str, query: str | None, *, day_first: bool | None = None) -> pl.DataFrame:
    """Rows of one SELECT.

    Nothing can be written. Errors: `UsageError` without a query; `NotFound` for a missing SQLite file; `NotReady` for a
    missing driver or a server that gives no connection; `DataError` for what the database refuses.
    """
    if not query:
        raise UsageError("a database URL needs a query: SELECT … FROM …")
    names, rows = ASK[url.partition(":")[0]](url, query)
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise DataError("the query gives two columns of one name", column=twice, expected="different names")
    try:
        frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise DataError("the query gives a column of mixed types", got=str(error).splitlines()[0]) from error
    return infer_dates(frame, day_first=day_first)


def _sqlite(url: str, query: str) -> tuple[list[str], list[Any]]:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise NotFound(f"database in {path.parent}", path.name, near)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return _fetched(database.execute(query))
    except sqlite3.Error as error:
        raise DataError(f"SQLite refused the query: {error}", got=query) from error


def _postgres(url: str, query: str) -> tuple[list[str], list[Any]]:
    try:
        psycopg = import_module("psycopg")
    except ImportError:
        raise NotReady("PostgreSQL needs psycopg: pip install 'warmstart[service]'") from None
    try:
        database = psycopg.connect(url)
    except psycopg.Error as error:
        raise NotReady(f"no connection to PostgreSQL; check URL and server: {_first_line(error)}") from error
    try:
        with closing(database):
            database.read_only = True
            return _fetched(database.execute(query))
    except psycopg.Error as error:
        raise DataError(f"PostgreSQL refused the query: {_first_line(error)}", got=query) from error


def _first_line(error: Exception) -> str:
    """What is wrong; the lines below it repeat the query or guess at causes."""
    return str(error).strip().partition("\n")[0]


def _fetched(cursor: Any) -> tuple[list[str], list[Any]]:
    if cursor.description is None:
        raise DataError("the query gives no rows", expected="a SELECT")
    return [column[0] for column in cursor.description], cursor.fetchall()


ASK: Mapping[str, Callable[[str, str], tuple[list[str], list[Any]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres,
    "postgres": _postgres,
}
