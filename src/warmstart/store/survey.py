"""`survey`: what a store holds, and which of it is damaged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from warmstart.store._schema import VERSION
from warmstart.store.database import Database, Transaction

__all__ = ["Survey", "survey"]


@dataclass(frozen=True)
class Survey:
    """Counts of one moment."""

    version: int
    """Of the tables."""
    events: int
    """Without those that were emptied when somebody was forgotten."""
    models: int
    states: int
    keys: int
    """That are valid."""
    damaged: tuple[str, ...]
    """Scenario and version of each model that has a byte which is not what was published."""


def survey(database: Database) -> Survey:
    """Counts all rows and reads every model. Errors: `NotReady`, `DamagedFile`."""
    with database.read() as transaction:
        return Survey(
            version=VERSION,
            events=_count(transaction, "events WHERE body IS NOT NULL"),
            models=_count(transaction, "models"),
            states=_count(transaction, "states"),
            keys=_count(transaction, "keys WHERE revoked IS NULL"),
            damaged=_damaged(transaction),
        )


def _count(transaction: Transaction, what: str) -> int:
    return int(transaction.run(f"SELECT COUNT(*) FROM {what}")[0][0])


def _damaged(transaction: Transaction) -> tuple[str, ...]:
    """Files are read one by one: together they may be larger than the memory."""
    damaged = set()
    for tenant, scenario, version in transaction.run("SELECT tenant, scenario, version FROM models"):
        own = "model_files WHERE tenant = ? AND scenario = ? AND version = ?"
        for name, digest in transaction.run(f"SELECT name, sha256 FROM {own}", tenant, scenario, version):
            content = transaction.run(f"SELECT content FROM {own} AND name = ?", tenant, scenario, version, name)
            if hashlib.sha256(content[0][0]).hexdigest() != digest:
                damaged.add(f"{scenario} {version}")
    return tuple(sorted(damaged))
