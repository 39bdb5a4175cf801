"""`HeldTasks`: adapted tasks in memory, up to so many bytes; those that were not asked for long leave together."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock

import jax

from warmstart.engine.adapted import Adapted
from warmstart.store.log import digest_of

__all__ = ["HeldTasks", "Task"]

_TOGETHER = 256  # tasks that leave in one commit
_ARRAY, _OBJECTS = 128, 1_000  # bytes: the head of an array; tuples, dataclasses and the place in the table
_SHARE = 8  # of the memory: no more than a part in so many waits to leave


@dataclass(frozen=True)
class Task:
    """A task as far as the log was read."""

    adapted: Adapted
    seq: int
    """Place in the log of the last event that it knows; 0 for none."""
    until: datetime | None = None
    """When the latest of them happened."""
    fresh: bool = True
    """Whether the log could be asked for later ones."""
    kept: bool = False
    """Whether the store has it as it is."""

    @cached_property
    def nbytes(self) -> int:
        """Memory, in bytes: of its arrays, and of what holds them."""
        adapted = self.adapted
        return adapted.nbytes + _ARRAY * len(jax.tree.leaves((adapted.evidence, adapted.state))) + _OBJECTS


Key = tuple[str, str]
"""Version and name."""


class HeldTasks:
    """Safe to share between threads."""

    def __init__(self, most_bytes: int, emptied: int) -> None:
        self._most, self.bytes = most_bytes, 0
        self.emptied = emptied
        """`EventLog.last_emptied`, as far as this knows: no task that is held has lost events up to there."""
        self._held: OrderedDict[Key, Task] = OrderedDict()
        self._leaving: dict[Key, Task] = {}
        self._leaving_bytes = 0
        self._lock = Lock()

    def get(self, key: Key) -> Task | None:
        """The task, which counts as asked just now."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return self._leaving.get(key)
            self._held.move_to_end(key)
            return found

    def put(self, key: Key, task: Task, known: int) -> None:
        """Hold it, unless tasks have lost events since `emptied` was `known`, before this one was made."""
        with self._lock:
            if known != self.emptied:
                return
            before = self._held.pop(key, None)
            gone = self._leaving.pop(key, None)
            self._held[key] = task
            self.bytes += task.nbytes - (before.nbytes if before else 0)
            self._leaving_bytes -= gone.nbytes if gone else 0
            while self.bytes > self._most and len(self._held) > 1:
                old, leaves = self._held.popitem(last=False)
                self.bytes -= leaves.nbytes
                if leaves.seq and not leaves.kept:
                    self._leaving[old] = leaves
                    self._leaving_bytes += leaves.nbytes

    def leave(self) -> dict[Key, Task]:
        """Those that leave, when there are enough of them; they are gone after that."""
        with self._lock:
            if len(self._leaving) < _TOGETHER and self._leaving_bytes * _SHARE <= self._most:
                return {}
            gone, self._leaving, self._leaving_bytes = self._leaving, {}, 0
            return gone

    def forget(self, emptied: int, tasks: set[bytes]) -> None:
        """Hold none of these (`digest_of` their names) any more: those that have lost events up to `emptied`."""
        with self._lock:
            self.emptied = max(self.emptied, emptied)  # two callers may come in any order
            for key in [key for key in self._held if digest_of(key[1]) in tasks]:
                self.bytes -= self._held.pop(key).nbytes
            for key in [key for key in self._leaving if digest_of(key[1]) in tasks]:
                self._leaving_bytes -= self._leaving.pop(key).nbytes
