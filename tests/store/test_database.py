"""`connect`: which databases there are, what each needs, and tables of other versions."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from warmstart.errors import Conflict, NotReady, UsageError
from warmstart.store.database import connect


def test_urls(tmp_path: Path) -> None:
    """A path, with or without its scheme, is one file; other schemes are named."""
    for url in (str(tmp_path / "a.db"), f"sqlite:///{tmp_path / 'b.db'}"):
        connect(url).close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"a.db", "b.db"}
    with pytest.raises(UsageError, match="mysql"):
        connect("mysql://shop")


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line that installs it."""
    for package, module, url in (
        ("apsw", "_sqlite", str(tmp_path / "a.db")),
        ("psycopg", "_postgres", "postgresql://x"),
    ):
        with monkeypatch.context() as patch:
            patch.delitem(sys.modules, f"warmstart.store.{module}", raising=False)
            patch.setitem(sys.modules, package, None)
            with pytest.raises(NotReady, match=r"pip install 'warmstart\[service\]'"):
                connect(url)


def test_tables_of_a_later_version(url: str) -> None:
    """Refused, not guessed at; opened twice the tables are as they were."""
    with closing(connect(url)) as database, database.write() as transaction:
        transaction.run("UPDATE schema_version SET version = 99")
    with pytest.raises(Conflict, match="version 99"):
        connect(url)


def test_nothing_of_a_failed_block_is_written(url: str) -> None:
    """An error in a block of writes undoes all of it."""
    with closing(connect(url)) as database:
        with suppress(RuntimeError), database.write() as transaction:
            transaction.run("INSERT INTO forgotten VALUES (?, ?, ?)", "shop", b"1", 1)
            raise RuntimeError
        with database.read() as transaction:
            assert transaction.run("SELECT COUNT(*) FROM forgotten") == [(0,)]
