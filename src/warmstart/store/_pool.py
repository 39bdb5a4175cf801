"""`Pool`: idle connections, lent to one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any

__all__ = ["Pool"]


class Pool:
    """As many connections as threads ask at once; one that failed is closed, not lent again."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._idle: LifoQueue[Any] = LifoQueue()

    @contextmanager
    def lend(self) -> Iterator[Any]:
        """A connection for this block."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._make()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)

    def close(self) -> None:
        """Close what is idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
