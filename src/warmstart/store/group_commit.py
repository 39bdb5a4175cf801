"""`GroupCommit`: requests that arrive together share one commit: a hundred times as many durable events a second."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, Full, Queue
from threading import Thread
from typing import Self

from warmstart.errors import NotReady, Overloaded
from warmstart.store.log import EventLog, Receipt, Request

__all__ = ["GroupCommit"]

_MOST_EVENTS = 5_000  # in one commit
_MOST_WAITING = 1_000  # requests

_Waiting = tuple[Request, "Future[Receipt]"]


class GroupCommit:
    """One thread writes; each request is acknowledged when the commit that holds it is on the disk."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._waiting: Queue[_Waiting | None] = Queue(_MOST_WAITING)
        self._thread = Thread(target=self._work, name="group commit", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Receipt]:
        """The receipt, when the events are durable.

        Errors: `Overloaded` where too many wait. In the future: `Conflict`, `NotReady`; then nothing was written.
        """
        done: Future[Receipt] = Future()
        try:
            self._waiting.put_nowait((request, done))
        except Full:
            raise Overloaded(f"{_MOST_WAITING} requests wait to be written") from None
        return done

    def close(self) -> None:
        """Write what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, ended = self._group(first)
            self._commit(group)
            if ended:
                return

    def _group(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """What waits, up to the most events of a commit, and whether it is the last there is."""
        group = [first]
        count = len(first[0].events)
        while count < _MOST_EVENTS:
            try:
                following = self._waiting.get_nowait()
            except Empty:
                break
            if following is None:
                return group, True
            group.append(following)
            count += len(following[0].events)
        return group, False

    def _commit(self, group: Sequence[_Waiting]) -> None:
        group = [(request, done) for request, done in group if done.set_running_or_notify_cancel()]
        try:
            outcomes = self._log.append_all([request for request, _ in group])
        except Exception as error:  # whatever it is, every waiting request is told, and the next ones are tried
            for _, done in group:
                done.set_exception(error if isinstance(error, NotReady) else NotReady(f"nothing was written: {error}"))
            return
        for (_, done), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                done.set_result(outcome)
            else:
                done.set_exception(outcome)
