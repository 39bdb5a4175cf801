"""`Service`: what answers, over one database: the log and its writer, the registry, the keys, the live scenarios."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Self

from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load
from warmstart.errors import DamagedFile, DataError, NotFound, NotReady, UsageError
from warmstart.service.limits import Limits
from warmstart.service.live import Live
from warmstart.service.rate import Rate
from warmstart.store.database import Database
from warmstart.store.group_commit import GroupCommit
from warmstart.store.keys import Access, KeyKind, Keys
from warmstart.store.log import EventLog, Receipt, Request
from warmstart.store.registry import Registry

__all__ = ["DEFAULT_TENANT", "Service", "now"]

DEFAULT_TENANT = "default"
_LOG = logging.getLogger("warmstart.service")
_LOOK_AGAIN_S = 1.0  # at the registry and at keys: another process may have changed them


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


class Service:
    """Without keys every caller is the admin of the default tenant: for one machine alone."""

    def __init__(
        self,
        database: Database,
        cache: Path,
        limits: Limits | None = None,
        *,
        open_to_all: bool = False,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.limits = limits or Limits()
        self.log, self.registry, self.keys = EventLog(database), Registry(database), Keys(database)
        self.clock = clock
        self.rate = Rate(self.limits.rate)
        self._open, self._cache = open_to_all, cache
        self._writer = GroupCommit(self.log)
        self._lives: dict[tuple[str, str], tuple[Live, float]] = {}
        self._known: dict[str, tuple[Access, float]] = {}
        self._damaged: set[tuple[str, str, str]] = set()
        self._lock = Lock()

    def close(self) -> None:
        """Write what waits."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def remembered(self, key: str | None) -> Access | None:
        """What `access` said a moment ago, or needs no database for; None where that has to be asked."""
        if key is None:
            return Access(DEFAULT_TENANT, KeyKind.ADMIN, "") if self._open else None
        known, since = self._known.get(key, (None, 0.0))
        return known if monotonic() - since < _LOOK_AGAIN_S else None

    def access(self, key: str | None) -> Access | None:
        """What a caller with this key may do; None for nothing. A key that was right stays so while nobody can ask."""
        if key is None:
            return self.remembered(key)
        known, _ = self._known.get(key, (None, 0.0))
        try:
            found = self.keys.check(key)
        except NotReady:
            if known is None:
                raise
            return known
        if found is None:
            self._known.pop(key, None)
        else:
            self._known[key] = (found, monotonic())
        return found

    def live(self, tenant: str, scenario: str) -> Live:
        """The scenario, with the version that the registry says; where that is damaged, with the one before it.

        Errors: `NotFound`; `DamagedFile` where every version is damaged; `NotReady`.
        """
        live, since = self._lives.get((tenant, scenario), (None, 0.0))
        if live is not None and monotonic() - since < _LOOK_AGAIN_S:
            return live
        with self._lock:
            try:
                versions = self.registry.lately(tenant, scenario)
                forgotten = self.log.last_forgotten(tenant)
            except NotReady:
                if live is None:
                    raise
                return live
            if not versions:
                raise NotFound("scenario", scenario, [name for own, name in self.registry.scenarios() if own == tenant])
            whole = [each for each in versions if (tenant, scenario, each) not in self._damaged]
            if live is None or live.model.version != next(iter(whole), None):
                live = self._with(live, tenant, scenario, self._first_whole(tenant, scenario, versions))
            live.forget_since(forgotten)
            self._lives[tenant, scenario] = (live, monotonic())
            return live

    def _first_whole(self, tenant: str, scenario: str, versions: Sequence[str]) -> MetaModel:
        """The first of these that is not damaged, loaded; the others are named in the log, once."""
        for version in versions:
            try:
                return self._loaded(tenant, scenario, version)
            except DamagedFile as error:
                damaged = error
                if (tenant, scenario, version) not in self._damaged:
                    _LOG.error("%s: refused: %s", scenario, error)
                    self._damaged.add((tenant, scenario, version))
        raise damaged

    def _loaded(self, tenant: str, scenario: str, version: str) -> MetaModel:
        folder = self.registry.fetch(tenant, scenario, version, self._cache)
        try:
            model = load(folder)
        except DamagedFile as error:
            raise DamagedFile(f"model {version} of {scenario}: {error}") from error
        if model.version != version:
            raise DamagedFile(f"model {version} of {scenario}: its manifest says that it is {model.version}")
        return model

    def _with(self, live: Live | None, tenant: str, scenario: str, model: MetaModel) -> Live:
        if live is None:
            return Live(tenant, scenario, self.log, model, self.limits)
        live.model = model
        return live

    def promote(self, tenant: str, scenario: str, version: str, why: str) -> None:
        """Let this version answer, from the next request on; it is loaded first. Errors: as of `live`."""
        model = self._loaded(tenant, scenario, version)
        self.registry.promote(tenant, scenario, version, self.clock(), why)
        self._swap(tenant, scenario, model)

    def roll_back(self, tenant: str, scenario: str, why: str) -> str:
        """Let the version answer that did before; gives its name. Errors: `NotFound`, `UsageError` for the first."""
        for before in self.registry.promotions(tenant, scenario)[1:2]:
            self._loaded(tenant, scenario, before.version)  # refused before anything has changed
        version = self.registry.roll_back(tenant, scenario, self.clock(), why)
        self._swap(tenant, scenario, self._loaded(tenant, scenario, version))
        return version

    def forget(self, tenant: str, person: str) -> Mapping[str, int]:
        """Take a person away; gives how many events were emptied, by scenario."""
        emptied = self.log.forget(tenant, person, self.clock())
        for scenario in emptied:
            live, _ = self._lives.get((tenant, scenario), (None, 0.0))
            if live is not None:
                live.forget_since(self.log.last_forgotten(tenant))
        return emptied

    def lives(self, tenant: str) -> list[Live]:
        """Every scenario of a tenant. Errors: as of `live`."""
        return [self.live(own, scenario) for own, scenario in self.registry.scenarios() if own == tenant]

    def ready(self) -> list[str]:
        """Names of the scenarios that answer, each loaded. Errors: as of `live`."""
        return [self.live(tenant, scenario).scenario for tenant, scenario in self.registry.scenarios()]

    def _swap(self, tenant: str, scenario: str, model: MetaModel) -> None:
        with self._lock:
            live, _ = self._lives.get((tenant, scenario), (None, 0.0))
            self._lives[tenant, scenario] = (self._with(live, tenant, scenario, model), monotonic())

    def ingest(self, tenant: str, scenario: str, events: Sequence[Any]) -> Future[Receipt]:
        """The receipt, when the events are durable; none of them counts if one cannot be used.

        Errors: `DataError` that names the event, `UsageError` for too many, `Overloaded`; in the future `Conflict`.
        """
        if len(events) > self.limits.events:
            raise UsageError(f"expected {self.limits.events:,} events at most in one batch; got {len(events):,}")
        arrived = self.clock()
        latest = arrived + timedelta(seconds=self.limits.future_s)
        for event in events:
            if event.time > latest:
                raise DataError(
                    f"event {event.id!r} lies in the future",
                    column="time",
                    expected=f"{latest} at most",
                    got=event.time,
                )
        self.live(tenant, scenario).check(events)
        return self._writer.submit(Request(tenant, scenario, events, arrived))
