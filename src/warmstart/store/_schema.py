"""`create` and `check`: the tables, the same in both databases, and their version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.errors import Conflict, NotReady

if TYPE_CHECKING:
    from warmstart.store.database import Database, Transaction

__all__ = ["TABLES", "VERSION", "check", "columns", "create"]

VERSION = 1

TABLES = {
    "events": (
        "seq {serial}, tenant TEXT NOT NULL, scenario TEXT NOT NULL, key {bytes} NOT NULL, digest {bytes} NOT NULL, "
        "kind TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL, happened {big} NOT NULL, "
        "arrived {big} NOT NULL, body TEXT, UNIQUE (tenant, scenario, key)"
    ),
    "models": (
        "tenant TEXT NOT NULL, scenario TEXT NOT NULL, version TEXT NOT NULL, made {big} NOT NULL, "
        "report TEXT NOT NULL, PRIMARY KEY (tenant, scenario, version)"
    ),
    "model_files": (
        "tenant TEXT NOT NULL, scenario TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL, "
        "sha256 TEXT NOT NULL, content {bytes} NOT NULL, PRIMARY KEY (tenant, scenario, version, name)"
    ),
    "promotions": (
        "seq {serial}, tenant TEXT NOT NULL, scenario TEXT NOT NULL, version TEXT NOT NULL, "
        "thousandths {big} NOT NULL, at {big} NOT NULL, why TEXT NOT NULL"
    ),
    "states": (
        "tenant TEXT NOT NULL, scenario TEXT NOT NULL, task TEXT NOT NULL, version TEXT NOT NULL, seq {big} NOT NULL, "
        "head TEXT NOT NULL, sha256 TEXT NOT NULL, content {bytes} NOT NULL, PRIMARY KEY (tenant, scenario, task)"
    ),
    "jobs": (
        "id TEXT PRIMARY KEY, tenant TEXT NOT NULL, scenario TEXT NOT NULL, kind TEXT NOT NULL, wish TEXT NOT NULL, "
        "made {big} NOT NULL, began {big}, beat {big}, ended {big}, said TEXT NOT NULL, outcome TEXT, "
        "failed {big} NOT NULL"
    ),
    "forgotten": "tenant TEXT NOT NULL, digest {bytes} NOT NULL, at {big} NOT NULL, PRIMARY KEY (tenant, digest)",
    "emptied": "seq {serial}, tenant TEXT NOT NULL, scenario TEXT NOT NULL, digest {bytes} NOT NULL",
    "keys": (
        "id TEXT PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, digest {bytes} NOT NULL, made {big} NOT NULL, "
        "revoked {big}"
    ),
}
"""Columns by table. Moments are microseconds since 1970 in UTC."""

_INDICES = (
    "CREATE INDEX IF NOT EXISTS events_of_subject ON events (tenant, scenario, subject, seq)",
    "CREATE INDEX IF NOT EXISTS events_in_order ON events (tenant, scenario, seq)",
    "CREATE INDEX IF NOT EXISTS events_of_person ON events (tenant, person)",
    "CREATE INDEX IF NOT EXISTS emptied_of_tenant ON emptied (tenant, seq)",
    "CREATE INDEX IF NOT EXISTS promotions_of_scenario ON promotions (tenant, scenario, seq)",
)


def columns(table: str) -> tuple[str, ...]:
    """Names of the table's columns, in their order."""
    declared = TABLES[table].partition(", PRIMARY KEY (")[0].partition(", UNIQUE (")[0]
    return tuple(part.split()[0] for part in declared.split(", "))


def create(database: Database) -> None:
    """Make what is not there. Errors: `Conflict` where a later version of warmstart has made it."""
    with database.write() as transaction:
        transaction.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
        found = _version(transaction)
        for name, columns in TABLES.items():
            transaction.run(f"CREATE TABLE IF NOT EXISTS {name} ({columns.format(**database.types)})")
        for sql in _INDICES:
            transaction.run(sql)
        if found is None:
            transaction.run("INSERT INTO schema_version VALUES (?)", VERSION)


def check(database: Database) -> None:
    """Make nothing. Errors: `NotReady` where there are no tables, `Conflict` as of `create`."""
    with database.read() as transaction:
        if _version(transaction) is None:
            raise NotReady("the database has no tables yet; `warmstart serve --db` makes them")


def _version(transaction: Transaction) -> int | None:
    """Of the tables that are there."""
    found = transaction.run("SELECT version FROM schema_version")
    if found and found[0][0] != VERSION:
        raise Conflict(f"the database has tables of version {found[0][0]}; this warmstart knows version {VERSION}")
    return VERSION if found else None
