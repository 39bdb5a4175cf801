"""`States`: adapted tasks that memory has no room for; each can be made again from the log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from warmstart.errors import DamagedFile
from warmstart.store.database import Database
from warmstart.store.log import digest_of, emptied

__all__ = ["State", "States"]

_COLUMNS = "tenant, scenario, task, version, seq, head, sha256, content"
_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in ("version", "seq", "head", "sha256", "content"))


@dataclass(frozen=True)
class State:
    """One task as one version adapted it."""

    task: str
    version: str
    seq: int
    """Place in the log of the last event that it knows."""
    head: str
    """JSON."""
    content: bytes


class States:
    """Of all tenants and scenarios, over either database; of a task the one that was put last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, tenant: str, scenario: str, states: Sequence[State], known: int) -> None:
        """Keep these, in one commit, but for tasks that lost events of somebody who is forgotten meanwhile.

        `known` is what `EventLog.last_emptied` gave before the states were made.
        """
        with self._database.write() as transaction:
            gone = emptied(transaction, tenant, scenario, known)
            rows = [(tenant, scenario, *_row(each)) for each in states if digest_of(each.task) not in gone]
            transaction.many(
                f"INSERT INTO states ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                f"ON CONFLICT (tenant, scenario, task) DO UPDATE SET {_CHANGED}",
                rows,
            )

    def get(self, tenant: str, scenario: str, task: str, version: str) -> State | None:
        """The task as this version adapted it, if it is held. Errors: `DamagedFile`."""
        with self._database.read() as transaction:
            found = transaction.run(
                "SELECT seq, head, sha256, content FROM states "
                "WHERE tenant = ? AND scenario = ? AND task = ? AND version = ?",
                *(tenant, scenario, task, version),
            )
        for seq, head, digest, content in found:
            if _digest(head, bytes(content)) != digest:
                raise DamagedFile(f"the state of a task of {scenario}, at event {seq}, is not what was written")
            return State(task, version, seq, head, bytes(content))
        return None


def _row(state: State) -> tuple[Any, ...]:
    """The values of `_COLUMNS` but the place."""
    digest = _digest(state.head, state.content)
    return state.task, state.version, state.seq, state.head, digest, state.content


def _digest(head: str, content: bytes) -> str:
    return hashlib.sha256(head.encode() + b"\n" + content).hexdigest()
