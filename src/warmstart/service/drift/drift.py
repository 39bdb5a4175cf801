"""`Drift`: reads what is acknowledged, some events at a time, and watches each scenario for change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Event, Lock
from typing import Any

from warmstart.service.drift.surprise import surprise
from warmstart.service.drift.watch import Bounds, Watch
from warmstart.service.live import Live
from warmstart.store.log import EventLog

__all__ = ["Drift", "Heard"]

_DEFAULT = Bounds()
Heard = Callable[[str, Mapping[str, int], Sequence[Mapping[str, Any]]], None]
"""Told after events were read: the scenario, alarms by column over all tenants, and what is newly found: column and
measure. No name of a task is among it."""


@dataclass
class _Reading:
    watch: Watch
    seq: int
    """Place in the log of the last event that was read."""
    emptied: int
    """`EventLog.last_emptied` when it began."""
    lags: bool = False
    """Whether there were more events than were read."""


class Drift:
    """What it holds is made of the log: after a restart, a promotion or a forgotten person again, of its latest events.

    The log is read as far as it goes, not the requests that fill it: events of other processes count, and an
    acknowledgement waits for nothing. `live` gives the scenario of a tenant that answers.
    """

    def __init__(self, log: EventLog, live: Callable[[str, str], Live], bounds: Bounds = _DEFAULT) -> None:
        self._log, self._live, self._bounds = log, live, bounds
        self._readings: dict[tuple[str, str], _Reading] = {}
        self._lock = Lock()
        self._hear: list[Heard] = []
        self.told = Event()
        """Set when events were acknowledged since it was cleared."""

    def wake(self, *_: object) -> None:
        """There are further events; costs a microsecond."""
        self.told.set()

    def hear(self, heard: Heard) -> None:
        """Tell this one too."""
        self._hear.append(heard)

    def read(self, tenant: str, scenario: str, most: int) -> int:
        """Look at the next events of a scenario, at most so many (<= 500); gives how many there were.

        Errors: as of `live`.
        """
        with self._lock:
            reading = self._reading(tenant, scenario)
            events = list(islice(self._log.since(tenant, reading.seq, scenario), most))
            reading.lags = len(events) == most
            if not events:
                return 0
            reading.seq = events[-1].seq  # first: an event that cannot be looked at is not looked at for ever
            found = reading.watch.observe(events)
            new = [dict(zip(("column", "measure"), reading.watch.names[each.signal], strict=True)) for each in found]
            alarms = self._alarms(scenario)
        for heard in self._hear:
            heard(scenario, alarms, new)
        return len(events)

    def report(self, tenant: str, scenario: str, most: int = 500) -> dict[str, Any]:
        """JSON values, after the next `most` events were read. Errors: as of `live`."""
        self.read(tenant, scenario, most)
        with self._lock:
            reading = self._reading(tenant, scenario)
            current = reading.seq >= self._log.before_latest(tenant, scenario, 0)
            return {"model_version": reading.watch.model.version, "current": current, **reading.watch.report()}

    def _reading(self, tenant: str, scenario: str) -> _Reading:
        """The one there is, unless it is of another model, knows of someone forgotten, or lags behind what it keeps."""
        live = self._live(tenant, scenario)
        held = self._readings.get((tenant, scenario))
        model, emptied = live.model, self._log.last_emptied(tenant)
        same = held is not None and held.watch.model is model and held.emptied == emptied
        if held is not None and same and not held.lags:
            return held
        first = self._log.before_latest(tenant, scenario, self._bounds.rows)
        if held is not None and same and held.seq >= first:
            return held
        watch = Watch(model, partial(surprise, live, self._log), self._bounds)
        self._readings[tenant, scenario] = made = _Reading(watch, first, emptied)
        return made

    def _alarms(self, scenario: str) -> Counter[str]:
        """Of all tenants, by column; 0 for a column that is watched and has none."""
        alarms: Counter[str] = Counter()
        for (_, name), reading in self._readings.items():
            if name == scenario:
                alarms.update(dict.fromkeys((column for column, _ in reading.watch.names), 0))
                alarms.update(reading.watch.alarms())
        return alarms
