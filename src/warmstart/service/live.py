"""`Live`: one scenario of one tenant: a model, and the tasks that it has adapted to what the log says of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import Any

import polars as pl

from warmstart.engine.adapted import Adapted
from warmstart.engine.model import MetaModel
from warmstart.errors import DataError, NotReady, UserError
from warmstart.service.limits import Limits
from warmstart.service.rows import frame_of
from warmstart.store.log import EventLog, Logged
from warmstart.tables.schema import Kind, Role, Schema

__all__ = ["Live", "Task"]

_STRIPES = 64


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


class Live:
    """Answers with one version at a time; the log is the truth, and what is held here can be made again from it."""

    def __init__(self, tenant: str, scenario: str, log: EventLog, model: MetaModel, limits: Limits) -> None:
        self.tenant, self.scenario = tenant, scenario
        self._log, self._limits = log, limits
        self.model = model
        """Set to another one to swap it: each request reads it once."""
        self._tasks = _Tasks(limits.states_bytes)
        self._forgotten = 0
        self._locks = [Lock() for _ in range(_STRIPES)]

    @property
    def held_bytes(self) -> int:
        """Memory of the tasks that are held."""
        return self._tasks.bytes

    def task(self, name: str) -> Task:
        """The task after every event that is acknowledged.

        Where the log does not answer, as it is held here, and not fresh. Errors: `NotReady` where it is not held.
        """
        model = self.model
        with self._locks[hash(name) % _STRIPES]:
            held = self._tasks.get((model.version, name))
            try:
                task = self._after(model, name, held)
            except NotReady:
                if held is None:
                    raise
                return replace(held, fresh=False)
            if task is not held:
                self._tasks.put((model.version, name), task)
            return task

    def adapt(self, name: str | None, support: Sequence[Mapping[str, Any]], descriptor: Mapping[str, Any]) -> Task:
        """A task, or one that nobody has named, after further rows that are not kept.

        Errors: `DataError` of the rows or the descriptor.
        """
        if name is not None and not descriptor:
            task = self.task(name)
            adapted = task.adapted
            return replace(task, adapted=adapted.update(_frame(adapted.model, support))) if support else task
        model = self.model
        return self._made(model, [] if name is None else self._told(name), support, descriptor)

    def forget_since(self, moment: int) -> None:
        """Where a person was taken away since this was last told: hold no task; each is made again from the log."""
        if moment != self._forgotten:
            self._tasks.clear()
            self._forgotten = moment

    def check(self, events: Sequence[Any]) -> None:
        """Whether the model could learn from these. Errors: `DataError` that names event, column, expected and got."""
        model = self.model
        told = [event for event in events if event.kind == "interaction"]
        try:
            if told:
                model.check_support(_frame(model, [event.row for event in told]))
        except DataError as error:
            raise _of_event(error, told[error.row] if isinstance(error.row, int) else told[0]) from error
        for event in events:
            if event.kind == "user":
                try:
                    model.adapt(descriptor=event.row)
                except UserError as error:
                    raise _of_event(error, event) from error

    def of(self, model: MetaModel, events: Sequence[Logged]) -> Task:
        """A task of which these events alone tell, by any model; it is not kept. Errors: as of `MetaModel.adapt`."""
        return self._made(model, events)

    def _after(self, model: MetaModel, name: str, held: Task | None) -> Task:
        """`held`, or the task after what the log says beyond it."""
        events = self._told(name, held.seq if held else 0)
        if held is not None:
            if not events:
                return held
            if self._follow(held, events):
                rows = _rows(model.schema, events)
                adapted = held.adapted.update(_frame(model, rows)) if rows else held.adapted
                return Task(adapted, events[-1].seq, events[-1].event.time)
            events = self._told(name)
        return self._made(model, events)

    def _told(self, name: str, after: int = 0) -> list[Logged]:
        most = self._limits.task_rows
        return self._log.of_task(self.tenant, self.scenario, name, after, most=most)

    def _follow(self, held: Task, events: Sequence[Logged]) -> bool:
        """Whether these can be added to what is held: rows that come after all of it, and not too many."""
        rising = [each.event.time for each in events]
        after = held.until is None or held.until <= rising[0]
        ordered = after and rising == sorted(rising) and not any(each.event.kind == "user" for each in events)
        return ordered and held.adapted.k + len(events) <= self._limits.task_rows

    def _made(
        self,
        model: MetaModel,
        events: Sequence[Logged],
        support: Sequence[Mapping[str, Any]] = (),
        descriptor: Mapping[str, Any] = MappingProxyType({}),
    ) -> Task:
        """A task from the beginning, of whose rows only the latest count."""
        ordered = sorted(events, key=lambda each: each.event.time)
        rows = [*_rows(model.schema, ordered), *support][-self._limits.task_rows :]
        told: dict[str, Any] = {}
        for each in ordered:
            told |= each.event.row if each.event.kind == "user" else {}
        adapted = model.adapt(_frame(model, rows) if rows else None, descriptor=told | dict(descriptor))
        seq = max((each.seq for each in events), default=0)
        return Task(adapted, seq, ordered[-1].event.time if ordered else None)


def _frame(model: MetaModel, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return frame_of(model.schema, rows, model.told)


def _of_event(error: UserError, event: Any) -> DataError:
    return DataError(f"event {event.id!r}: {error}")


def _rows(schema: Schema, events: Sequence[Logged]) -> list[Mapping[str, Any]]:
    """What interactions tell; a row that has no date of its own has that of its event."""
    dated = next((c.name for c in schema.having(Role.TIME) if c.kind is Kind.DATE), None)
    told = [each.event for each in events if each.event.kind == "interaction"]
    return [{dated: event.time.isoformat(), **event.row} if dated else event.row for event in told]


class _Tasks:
    """Adapted tasks, the least recently asked leaving first."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self.bytes = most_bytes, 0
        self._held: OrderedDict[tuple[str, str], tuple[Task, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str]) -> Task | None:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self.bytes = 0

    def put(self, key: tuple[str, str], task: Task) -> None:
        size = task.adapted.nbytes
        with self._lock:
            _, before = self._held.pop(key, (None, 0))
            self._held[key] = (task, size)
            self.bytes += size - before
            while self.bytes > self._most and len(self._held) > 1:
                _, (_, gone) = self._held.popitem(last=False)
                self.bytes -= gone
