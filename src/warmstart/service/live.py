"""`Live`: one scenario of one tenant: a model, and the tasks that it has adapted to what the log says of them."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import Any

import polars as pl

from warmstart.engine.model import MetaModel
from warmstart.engine.storage import pack, unpack
from warmstart.errors import DamagedFile, DataError, NotReady, UserError
from warmstart.service.held_tasks import HeldTasks, Task
from warmstart.service.limits import Limits
from warmstart.service.rows import frame_of
from warmstart.service.task_key import task_key
from warmstart.store.log import EventLog, Logged, microseconds, moment
from warmstart.store.states import State, States
from warmstart.tables.schema import Kind, Role, Schema

__all__ = ["Live", "Serving"]

_LOG = logging.getLogger("warmstart.service")
_STRIPES = 64
_WHOLE = 2**32


@dataclass(frozen=True)
class Serving:
    """What answers: a version, and for a share of the tasks, chosen by their names, another one on trial."""

    model: MetaModel
    canary: MetaModel | None = None
    share: float = 0.0

    def of(self, name: str | None) -> MetaModel:
        """The same version for one task as long as nothing is promoted; without a name never the one on trial."""
        if self.canary is None or name is None:
            return self.model
        place = zlib.crc32(f"{self.canary.version}\n{name}".encode()) / _WHOLE
        return self.canary if place < self.share else self.model


class Live:
    """Answers with one version of each task at a time; the log is the truth, what is held can be made again from it."""

    def __init__(
        self, tenant: str, scenario: str, log: EventLog, states: States, serving: Serving, limits: Limits
    ) -> None:
        self.tenant, self.scenario = tenant, scenario
        self._log, self._states, self._limits = log, states, limits
        self.serving = serving
        """What `serve` was told last: each request reads it once."""
        self.before: MetaModel | None = None
        """The version that answered before this one: it stays, so that the way back takes no time."""
        self._tasks = HeldTasks(limits.states_bytes, log.last_emptied(tenant))
        self._locks = [Lock() for _ in range(_STRIPES)]

    @property
    def model(self) -> MetaModel:
        """The version that answers, but for those on trial."""
        return self.serving.model

    def serve(self, serving: Serving) -> None:
        """Answer with this from now on."""
        if serving.model is not self.model:
            self.before = self.model
        self.serving = serving

    @property
    def held(self) -> dict[str, MetaModel]:
        """By version, the models in memory."""
        models = (self.before, self.serving.canary, self.serving.model)
        return {model.version: model for model in models if model is not None}

    @property
    def held_bytes(self) -> int:
        """Memory of the tasks that are held."""
        return self._tasks.bytes

    def task(self, name: str) -> Task:
        """The task after every event that is acknowledged.

        Where the log does not answer, as it is held here, and not fresh. Errors: `NotReady` where it is not held.
        """
        model, known = self.serving.of(name), self._tasks.emptied
        key = model.version, name
        with self._locks[hash(name) % _STRIPES]:
            held = self._tasks.get(key)
            try:
                task = self._after(model, name, held or self._kept(model, name))
            except NotReady:
                if held is None:
                    raise
                return replace(held, fresh=False)
            if task is not held:
                self._tasks.put(key, task, known)
        self._spill(known)
        return task

    def _kept(self, model: MetaModel, name: str) -> Task | None:
        """The task as the store has it, if it does, and whole."""
        try:
            state = self._states.get(self.tenant, self.scenario, name, model.version)
            if state is None:
                return None
            head = json.loads(state.head)
            return Task(unpack(model, head, state.content, "a kept task"), state.seq, moment(head["until"]), kept=True)
        except DamagedFile as error:
            _LOG.warning("%s: made again from the log: %s", self.scenario, error)
            return None

    def _spill(self, known: int) -> None:
        """Write those that leave memory, when there are enough of them; where that fails the log still has them."""
        leaving = self._tasks.leave()
        if leaving:
            states = [_state(version, name, task) for (version, name), task in leaving.items()]
            try:
                self._states.put(self.tenant, self.scenario, states, known)
            except NotReady as error:
                _LOG.warning("%s: %d adapted tasks were not kept: %s", self.scenario, len(states), error)

    def adapt(self, name: str | None, support: Sequence[Mapping[str, Any]], descriptor: Mapping[str, Any]) -> Task:
        """A task, or one that nobody has named, after further rows that are not kept.

        Errors: `DataError` of the rows or the descriptor.
        """
        if name is not None and not descriptor:
            task = self.task(name)
            adapted = task.adapted
            return replace(task, adapted=adapted.update(_frame(adapted.model, support))) if support else task
        model = self.serving.of(name)
        return self._made(model, [] if name is None else self._told(name), support, descriptor)

    def forget(self, emptied: int) -> None:
        """Hold no task that has lost events up to `EventLog.last_emptied`: it is made again from those that are left.

        Errors: `NotReady`.
        """
        known = self._tasks.emptied
        if emptied != known:
            self._tasks.forget(emptied, self._log.emptied(self.tenant, self.scenario, known))

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
            try:
                _check(model, event)
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


def _check(model: MetaModel, event: Any) -> None:
    """What an event says beside the row of an interaction. Errors: `DataError`."""
    schema = model.schema
    if event.kind != "item":
        task_key(schema, event.task)
    if event.kind == "user":
        model.adapt(descriptor=event.row)
    if event.kind == "item" and schema.item is not None:
        features = schema.named(Role.FEATURE)
        strange = next((name for name in event.row if name not in features), None)
        if strange is not None:
            expected = ", ".join(features) or "no features"
            raise DataError("not a feature of items", column=strange, expected=expected, got=repr(event.row[strange]))
        frame_of(schema, [event.row], ())


def _frame(model: MetaModel, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return frame_of(model.schema, rows, model.told)


def _of_event(error: UserError, event: Any) -> DataError:
    return DataError(f"event {event.id!r}: {error}")


def _rows(schema: Schema, events: Sequence[Logged]) -> list[Mapping[str, Any]]:
    """What interactions tell; a row that has no date of its own has that of its event."""
    dated = next((c.name for c in schema.having(Role.TIME) if c.kind is Kind.DATE), None)
    told = [each.event for each in events if each.event.kind == "interaction"]
    return [{dated: event.time.isoformat(), **event.row} if dated else event.row for event in told]


def _state(version: str, name: str, task: Task) -> State:
    head, content = pack(task.adapted)
    assert task.until is not None  # it knows an event
    return State(name, version, task.seq, json.dumps(head | {"until": microseconds(task.until)}), content)
