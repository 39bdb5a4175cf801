"""Readers: each form of a table, types decided over all values, and files that cannot be read."""

from __future__ import annotations

import gzip
import lzma
import os
import socket
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, NotFound, NotReady, UsageError
from warmstart.tables._values import floats
from warmstart.tables.readers import read_table

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres?connect_timeout=5"
TEXT = 'id,price,note\n1,2.5,"a ""b"", c"\n2,NA,\n'


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def column(folder: Path, *values: str, **options: Any) -> pl.Series:
    """One CSV column, read (beside another, so that an empty value is no empty line)."""
    lines = "".join(f"{i},{value}\n" for i, value in enumerate(values))
    return read_table(written(folder, "x.csv", f"i,x\n{lines}"), **options)["x"]


def zipped(path: Path, **members: str) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("t.csv", bytes),
        ("t.2024.CSV.gz", gzip.compress),
        ("t.csv.xz", lzma.compress),
        ("bom.csv", lambda content: b"\xef\xbb\xbf" + content),
        ("t.tsv", lambda content: content.replace(b",", b"\t")),
        ("semicolon.csv", lambda content: content.replace(b",", b";")),
    ],
)
def test_delimited_text(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    """Packed or not, with a mark at its start, whatever separates: the same table; NA and empty are missing."""
    frame = read_table(written(tmp_path, name, pack(TEXT.encode())))
    assert frame.schema == {"id": pl.Int64, "price": pl.Float64, "note": pl.String}
    assert frame["price"].to_list() == [2.5, None]
    assert frame["note"][0].startswith('a "b"')
    assert frame["note"][1] is None


def test_zip_with_one_file(tmp_path: Path) -> None:
    """A zip with two tables is a question, with one it is that table."""
    assert read_table(zipped(tmp_path / "t.csv.zip", one=TEXT)).shape == (2, 3)
    with pytest.raises(DataError, match=r"which table\?.*a\.csv, b\.csv"):
        read_table(zipped(tmp_path / "two.csv.zip", a=TEXT, b=TEXT))


def test_parquet_and_json_lines(tmp_path: Path) -> None:
    """Typed files keep their types; dates in JSON are text that becomes dates."""
    frame = pl.DataFrame({"code": ["007"], "tags": [["a", "b"]], "day": ["2024-05-31"]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ndjson(tmp_path / "t.jsonl")
    assert read_table(tmp_path / "t.parquet").equals(frame)
    dated = frame.with_columns(day=pl.Series([date(2024, 5, 31)]))
    assert read_table(str(tmp_path / "t.jsonl")).equals(dated)


@pytest.mark.parametrize(
    ("values", "dtype", "read"),
    [
        (["1", "-2", ""], pl.Int64, [1, -2, None]),
        (["1", "2.5e-1"], pl.Float64, [1.0, 0.25]),
        (["1.0", "2.0"], pl.Int64, [1, 2]),
        (["007", "12"], pl.String, ["007", "12"]),
        (["0", "0.5"], pl.Float64, [0.0, 0.5]),
        (["12345678901234567890", "1"], pl.String, ["12345678901234567890", "1"]),
        (["True", "false"], pl.Boolean, [True, False]),
        (["2024-05-31", "NA"], pl.Date, [date(2024, 5, 31), None]),
        (["2024-05-31 08:30"], pl.Datetime("us"), [datetime(2024, 5, 31, 8, 30)]),
        (["2024-05-31T08:30:00+02:00"], pl.Datetime("us"), [datetime(2024, 5, 31, 6, 30)]),
        (["02-Jun-06"], pl.Date, [date(2006, 6, 2)]),
        (["5/31/2024", "1/2/2024"], pl.Date, [date(2024, 5, 31), date(2024, 1, 2)]),
        (["1/2/2024", "31/5/2024"], pl.Date, [date(2024, 2, 1), date(2024, 5, 31)]),
        (["1/2/24", "3/4/24"], pl.Date, [date(2024, 1, 2), date(2024, 3, 4)]),
        (["5/31/2024", "31/5/2024"], pl.String, ["5/31/2024", "31/5/2024"]),
        (["1", "x"], pl.String, ["1", "x"]),
    ],
)
def test_types(tmp_path: Path, values: list[str], dtype: Any, read: list[Any]) -> None:
    """A type is what all values are; a code keeps its zeros and digits; month or day first is what reads every row."""
    found = column(tmp_path, *values)
    assert found.dtype == dtype
    assert found.to_list() == read


def test_type_is_decided_over_the_whole_column(tmp_path: Path) -> None:
    """One late word makes a column text."""
    assert column(tmp_path, *["1"] * 5000, "x").dtype == pl.String


def test_day_first_can_be_said(tmp_path: Path) -> None:
    """A file of doubtful dates is read as its owner says."""
    assert column(tmp_path, "1/2/2024", day_first=True).to_list() == [date(2024, 2, 1)]


def test_dataframes() -> None:
    """pandas, pyarrow, duckdb and lazy polars come in by one door."""
    pandas, pyarrow, duckdb = (pytest.importorskip(m) for m in ("pandas", "pyarrow", "duckdb"))
    expected = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    sources = [
        pandas.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pyarrow.table({"a": [1, 2], "b": ["x", None]}),
        duckdb.sql("SELECT * FROM (VALUES (1::BIGINT, 'x'), (2, NULL)) t(a, b)"),
        expected.lazy(),
    ]
    for source in sources:
        assert read_table(source).equals(expected)


def test_sqlite(tmp_path: Path) -> None:
    """Rows of a query; text dates become dates."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("CREATE TABLE sale (item TEXT, price REAL, day TEXT)")
        database.execute("INSERT INTO sale VALUES ('a', 1.5, '2024-05-31'), ('b', NULL, '2024-06-01')")
    frame = read_table(url, query="SELECT * FROM sale ORDER BY item")
    assert frame.rows() == [("a", 1.5, date(2024, 5, 31)), ("b", None, date(2024, 6, 1))]
    with pytest.raises(DataError, match="no such table: sales"):
        read_table(url, query="SELECT * FROM sales")
    with pytest.raises(DataError, match="column 'item': the query gives two columns"):
        read_table(url, query="SELECT item, item FROM sale")
    with pytest.raises(DataError, match="readonly"):
        read_table(url, query="DELETE FROM sale")
    with pytest.raises(UsageError, match="needs a query"):
        read_table(url)
    with pytest.raises(NotFound, match=r"did you mean shop\.db"):
        read_table(f"sqlite:///{tmp_path / 'shopp.db'}", query="SELECT 1")


def test_postgres_without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra that brings the driver."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NotReady, match=r"warmstart\[service\]"):
        read_table("postgresql://localhost/shop", query="SELECT 1")


def absent(what: str) -> NoReturn:
    """Skip, with the reason; where everything must be there (CI=true), fail."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@pytest.fixture
def psycopg() -> Any:
    """The driver."""
    try:
        return import_module("psycopg")
    except ImportError:
        absent("psycopg is not installed")


@pytest.fixture
def sales(psycopg: Any) -> Iterator[str]:
    """A table of its own on the local PostgreSQL server, removed afterwards."""
    try:
        database = psycopg.connect(POSTGRES, autocommit=True)
    except psycopg.OperationalError as error:
        absent(f"no PostgreSQL server answers at {POSTGRES}: {error}")
    schema = f"warmstart_{uuid4().hex}"
    with closing(database):
        database.execute(f"CREATE SCHEMA {schema}")
        try:
            database.execute(f"CREATE TABLE {schema}.sale (item text, price numeric, units int, day date, noted text)")
            database.execute(
                f"INSERT INTO {schema}.sale VALUES ('a', 1.5, 3, '2024-05-31', '2024-05-31'),"
                " ('b', 2.25, NULL, '2024-06-01', NULL)"
            )
            yield f"{schema}.sale"
        finally:
            database.execute(f"DROP SCHEMA {schema} CASCADE")


def test_postgres(sales: str) -> None:
    """Rows of a query with the database's own types; text dates become dates; prices are numbers."""
    frame = read_table(POSTGRES, query=f"SELECT * FROM {sales} ORDER BY item")
    first, second = date(2024, 5, 31), date(2024, 6, 1)
    assert frame.rows() == [("a", Decimal("1.50"), 3, first, first), ("b", Decimal("2.25"), None, second, None)]
    np.testing.assert_array_equal(floats(frame["price"]), [1.5, 2.25])
    assert read_table(POSTGRES.replace("postgresql:", "postgres:"), query=f"SELECT item FROM {sales}").height == 2


def test_postgres_refuses(sales: str) -> None:
    """A misspelt table, two columns of one name, a query that writes or gives no rows: one line each."""
    with pytest.raises(DataError, match=rf'refused the query: relation "{sales}s" does not exist; got SELECT') as error:
        read_table(POSTGRES, query=f"SELECT * FROM {sales}s")
    assert "\n" not in str(error.value)
    with pytest.raises(DataError, match="column 'item': the query gives two columns"):
        read_table(POSTGRES, query=f"SELECT item, item FROM {sales}")
    with pytest.raises(DataError, match="cannot execute DELETE in a read-only transaction"):
        read_table(POSTGRES, query=f"DELETE FROM {sales} RETURNING item")
    with pytest.raises(DataError, match="the query gives no rows; expected a SELECT"):
        read_table(POSTGRES, query="SET search_path TO public")
    assert read_table(POSTGRES, query=f"SELECT * FROM {sales}").height == 2


def test_postgres_without_server(psycopg: Any) -> None:
    """A port that nobody listens at: not ready, in one line, without the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://me:secret@127.0.0.1:{taken.getsockname()[1]}/shop"
        with pytest.raises(NotReady, match=r"no connection to PostgreSQL.*Connection refused") as error:
            read_table(url, query="SELECT 1")
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", "", "t.csv: no header"),
        ("t.csv", "a,b\n", "the table has no rows.*columns a, b"),
        ("t.csv", "a,b,a\n1,2,3\n", "column 'a': t.csv: two columns of one name"),
        ("t.csv", "a,b\n1,2\n3,4,5\n", "t.csv: a line cannot be read"),
        ("t.csv", b"a,b\n1,caf\xe9\n", "t.csv: not UTF-8; save it as UTF-8.*byte 0xe9"),
        ("t.csv", "a,b\n1,2\n".encode("utf-16"), "t.csv: not UTF-8"),
        ("t.csv.gz", gzip.compress(TEXT.encode() * 99, mtime=0)[:-30], "t.csv.gz: the archive is damaged or cut off"),
        ("t.csv.gz", b"no archive", "t.csv.gz: the archive is damaged"),
        ("t.csv.xz", lzma.compress(TEXT.encode())[:-30], "t.csv.xz: the archive is damaged"),
        ("t.csv.zip", b"no archive", "t.csv.zip: the archive is damaged"),
        ("t.jsonl", '{"a": 1}\n{"a"', "t.jsonl: a line cannot be read"),
        ("t.parquet", "no parquet", "t.parquet: no Parquet file"),
        ("t.xlsx", "x", "t.xlsx: unknown kind of file; expected one of .csv"),
        ("table", "x", "table: unknown kind of file.*got no ending"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    """Each says what is wrong with which file."""
    with pytest.raises(DataError, match=said):
        read_table(written(tmp_path, name, content))


def test_missing_file_offers_the_nearest(tmp_path: Path) -> None:
    """A misspelt name."""
    written(tmp_path, "orders.csv", TEXT)
    with pytest.raises(NotFound, match=r"no file in .* named 'order\.csv': did you mean orders\.csv"):
        read_table(tmp_path / "order.csv")


def test_what_is_no_table() -> None:
    """A number, a frame with one name twice, a query without a database."""
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match="got int"):
        read_table(3)
    with pytest.raises(DataError, match="the dataframe cannot be read"):
        read_table(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(UsageError, match="a query needs a database URL"):
        read_table("t.csv", query="SELECT 1")
