"""`States`: what is kept is what was put, of one version, and nothing of whoever has gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from warmstart.errors import DamagedFile
from warmstart.store.database import Database
from warmstart.store.log import EventLog
from warmstart.store.states import State, States

PLACE = ("shop", "price")


def state(task: str, version: str = "v1", seq: int = 1, content: bytes = b"\0\xff") -> State:
    """A small one."""
    return State(task, version, seq, '{"until": 0}', content)


def test_what_was_put(database: Database) -> None:
    """The latest of each task, for its version alone; of another tenant none."""
    states = States(database)
    states.put(*PLACE, [state("anna"), state("bob", seq=2)], 0)
    states.put(*PLACE, [state("anna", seq=7, content=b"more")], 0)
    assert states.get(*PLACE, "anna", "v1") == state("anna", seq=7, content=b"more")
    assert states.get(*PLACE, "bob", "v1") == state("bob", seq=2)
    assert states.get(*PLACE, "bob", "v2") is None
    assert states.get("other", "price", "bob", "v1") is None


def test_older_than_a_wish(database: Database, bought: Callable[..., Any], asked: Callable[..., Any]) -> None:
    """Made before somebody asked to be forgotten: not kept; made after it: kept."""
    log, states = EventLog(database), States(database)
    log.append(asked(bought("1")))
    states.put(*PLACE, [state("anna"), state("bob")], log.last_emptied("shop"))
    log.forget("shop", "anna", datetime(2026, 1, 7, tzinfo=UTC))
    assert states.get(*PLACE, "anna", "v1") is None
    assert states.get(*PLACE, "bob", "v1") is not None
    states.put(*PLACE, [state("anna"), state("bob", seq=3)], 0)
    assert states.get(*PLACE, "anna", "v1") is None
    assert states.get(*PLACE, "bob", "v1") == state("bob", seq=3)
    states.put(*PLACE, [state("anna")], log.last_emptied("shop"))
    assert states.get(*PLACE, "anna", "v1") is not None


@pytest.mark.parametrize("change", ["content = ?", "head = ?"])
def test_damaged(database: Database, change: str) -> None:
    """Head and content are what was written, or refused; the name of the task is not told."""
    states = States(database)
    states.put(*PLACE, [state("anna")], 0)
    other: Any = b"1" if "content" in change else "{}"
    with database.write() as transaction:
        transaction.run(f"UPDATE states SET {change}", other)
    with pytest.raises(DamagedFile, match="at event 1") as found:
        states.get(*PLACE, "anna", "v1")
    assert "anna" not in str(found.value)
