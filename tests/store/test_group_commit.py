"""`GroupCommit`: many requests, few commits, each told its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from warmstart.errors import Conflict, NotReady
from warmstart.store.database import Database
from warmstart.store.group_commit import GroupCommit
from warmstart.store.log import EventLog, Receipt, Request

Make = Callable[..., Any]


class Counted(EventLog):
    """Counts its commits."""

    commits = 0

    def append_all(self, requests: Sequence[Request]) -> list[Receipt | Conflict]:
        """As the log does."""
        self.commits += 1
        return super().append_all(requests)


def test_all_are_written_and_told(database: Database, bought: Make, asked: Make) -> None:
    """200 requests, one of which is in conflict; far fewer commits than requests."""
    log = Counted(database)
    log.append(asked(bought("0", price=1)))
    with GroupCommit(log) as writer:
        waiting = [writer.submit(asked(bought(str(i)))) for i in range(200)]
        with pytest.raises(Conflict):
            waiting[0].result()
        assert [each.result() for each in waiting[1:]] == [Receipt(1, 0)] * 199
        commits = log.commits
    assert commits < 100
    assert len(list(log.since("shop"))) == 200


def test_what_waits_is_written_before_the_end(database: Database, bought: Make, asked: Make) -> None:
    """Closing loses nothing."""
    log = EventLog(database)
    writer = GroupCommit(log)
    waiting = [writer.submit(asked(bought(str(i)))) for i in range(50)]
    writer.close()
    assert all(each.done() for each in waiting)
    assert len(list(log.since("shop"))) == 50


def test_a_failed_commit_is_told_to_all(
    database: Database, bought: Make, asked: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one is tried as if nothing had been."""
    log = EventLog(database)

    def broken(requests: Sequence[Request]) -> list[Receipt | Conflict]:
        raise NotReady("the disk is full")

    with GroupCommit(log) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(log, "append_all", broken)
            lost = writer.submit(asked(bought("1")))
            with pytest.raises(NotReady, match="disk is full"):
                lost.result()
        assert writer.submit(asked(bought("1"))).result() == Receipt(1, 0)
