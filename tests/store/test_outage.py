"""A database server that goes away and comes back: what was acknowledged is there, what was not can be sent again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from warmstart.errors import NotReady
from warmstart.store.database import connect
from warmstart.store.group_commit import GroupCommit
from warmstart.store.log import EventLog, Receipt

Make = Callable[..., Any]


class Cable:
    """Between us and the server; can be pulled out and put in again."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._whole = True
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Cut every connection, and every one to come."""
        self._whole = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def put_in(self) -> None:
        """Whole again."""
        self._whole = True

    def close(self) -> None:
        """For good."""
        self.pull()
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._door.accept()
            except OSError:
                return
            if not self._whole:
                ours.close()
                continue
            theirs = socket.create_connection(("127.0.0.1", 5432))
            self._ends += [ours, theirs]
            for one, other in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError), one, other:
            while data := one.recv(65536):
                other.sendall(data)


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Put in."""
    held = Cable()
    yield held
    held.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_goes_away(url: str, cable: Cable, bought: Make, asked: Make) -> None:
    """Writes are refused while it is away; afterwards they go on, with nothing lost and nothing twice."""
    with closing(connect(url.replace(":5432", f":{cable.port}"))) as database:
        log = EventLog(database)
        with GroupCommit(log) as writer:
            assert writer.submit(asked(bought("1"))).result() == Receipt(1, 0)
            cable.pull()
            for _ in range(3):
                with pytest.raises(NotReady, match="does not answer"):
                    writer.submit(asked(bought("2"))).result()
            with pytest.raises(NotReady):
                list(log.since("shop"))
            cable.put_in()
            receipt = writer.submit(asked(bought("1"), bought("2"))).result()
        assert receipt.new + receipt.known == 2
        assert [each.event.id for each in log.since("shop")] == ["1", "2"]
