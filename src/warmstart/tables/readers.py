"""`read_table`: a file, a database query or any dataframe as one typed table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from warmstart.errors import DataError, UsageError
from warmstart.tables._files import read_file
from warmstart.tables._sql import is_database, read_sql

__all__ = ["read_table"]


def read_table(
    source: Any, *, query: str | None = None, day_first: bool | None = None, least_rows: int = 1
) -> pl.DataFrame:
    """Read a table.

    `source`: a path (.csv, .tsv, .jsonl, .ndjson, each also with .gz, .xz or .zip; .parquet), a database URL
    (`sqlite:///shop.db`, `postgresql://…`) with a `query`, or a dataframe of pandas, polars, pyarrow or duckdb.
    `day_first`: how to read dates such as 03/04/2024; None takes what reads every value of the column, month first in
    doubt.

    In files of text, empty values and `NA` are missing; a column's type is decided over all of its values, and digits
    that would lose a leading zero stay text.

    Errors: `NotFound` for a missing file; `NotReady` for a missing database driver; `DataError` for a damaged archive,
    another encoding, a broken line, two columns of one name, a table with less than `least_rows` rows.
    """
    match source:
        case str() if is_database(source):
            frame = read_sql(source, query, day_first=day_first)
        case str() | Path() if query is None:
            frame = read_file(Path(source).expanduser(), day_first=day_first)
        case str() | Path():
            raise UsageError(f"a query needs a database URL such as sqlite:///shop.db; got {str(source)!r}")
        case pl.DataFrame():
            frame = source
        case _:
            frame = _dataframe(source)
    if frame.height < least_rows:
        raise DataError("the table has no rows", expected="a row or more", got=f"columns {', '.join(frame.columns)}")
    return frame


def _dataframe(source: Any) -> pl.DataFrame:
    """Any dataframe that narwhals knows."""
    try:
        return nw.from_native(source).lazy().collect("polars").to_native()  # type: ignore[no-any-return]
    except TypeError as error:
        expected = "a path, a database URL, or a dataframe of pandas, polars, pyarrow or duckdb"
        raise DataError("cannot be read as a table", expected=expected, got=type(source).__name__) from error
    except Exception as error:  # each library has its own errors, and this is where they are called
        raise DataError("the dataframe cannot be read", got=str(error).splitlines()[0]) from error
