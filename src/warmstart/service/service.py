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
from warmstart.service.drift.drift import Drift
from warmstart.service.limits import Limits
from warmstart.service.live import Live, Serving
from warmstart.service.rate import Rate
from warmstart.store.database import Database
from warmstart.store.group_commit import GroupCommit
from warmstart.store.keys import Access, KeyKind, Keys
from warmstart.store.log import EventLog, Receipt, Request
from warmstart.store.registry import Pointer, Registry
from warmstart.store.states import States

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
        self._writer, self._states = GroupCommit(self.log), States(database)
        self._lives: dict[tuple[str, str], tuple[Live, float]] = {}
        self._known: dict[str | None, tuple[Access, float]] = {}
        self._damaged: set[tuple[str, str, str]] = set()
        self._lock = Lock()
        self.drift = Drift(self.log, self.live)

    def close(self) -> None:
        """Write what waits."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def remembered(self, key: str | None) -> Access | None:
        """What `access` said a moment ago; None where it has to be asked."""
        known, since = self._known.get(key, (None, 0.0))
        return known if monotonic() - since < _LOOK_AGAIN_S else None

    def access(self, key: str | None) -> Access | None:
        """What a caller with this key may do; None for nothing. What was right stays so while nobody can ask."""
        known, _ = self._known.get(key, (None, 0.0))
        try:
            found = self._without() if key is None else self.keys.check(key)
        except NotReady:
            if known is None:
                raise
            return known
        if found is None:
            self._known.pop(key, None)
        else:
            self._known[key] = (found, monotonic())
        return found

    def _without(self) -> Access | None:
        """What a caller without a key may do: everything, until the first key is made, and nothing from then on."""
        if self._open and any(key.revoked is None for key in self.keys.all()):
            self._open = False
        return Access(DEFAULT_TENANT, KeyKind.ADMIN, "") if self._open else None

    def live(self, tenant: str, scenario: str) -> Live:
        """The scenario, with the version that the registry says; where that is damaged, with the one before it.

        Errors: `NotFound`; `DamagedFile` where every version is damaged; `NotReady`.
        """
        live, since = self._lives.get((tenant, scenario), (None, 0.0))
        if live is not None and monotonic() - since < _LOOK_AGAIN_S:
            return live
        with self._lock:
            return self._looked(tenant, scenario)

    def _looked(self, tenant: str, scenario: str, loaded: MetaModel | None = None) -> Live:
        """The scenario as the registry has it now; one of its versions may be `loaded` already."""
        live, _ = self._lives.get((tenant, scenario), (None, 0.0))
        try:
            pointer = self.registry.pointer(tenant, scenario)
            emptied = self.log.last_emptied(tenant)
        except NotReady:
            if live is None:
                raise
            return live
        if pointer.serving is None:
            raise NotFound("scenario", scenario, [name for own, name in self.registry.scenarios() if own == tenant])
        live = self._pointed(live, tenant, scenario, pointer, loaded)
        live.forget(emptied)
        self._lives[tenant, scenario] = (live, monotonic())
        return live

    def _pointed(
        self, live: Live | None, tenant: str, scenario: str, pointer: Pointer, loaded: MetaModel | None
    ) -> Live:
        """The scenario with what the pointer says, as far as it is whole."""
        known = (live.held if live else {}) | ({loaded.version: loaded} if loaded else {})
        model = self._first_whole(tenant, scenario, pointer.versions, known)
        serving = Serving(model)
        if pointer.canary is not None:
            canary = self._first_whole(tenant, scenario, (pointer.canary, *pointer.versions), known)
            serving = Serving(model, canary, pointer.share)
        if live is None:
            return Live(tenant, scenario, self.log, self._states, serving, self.limits)
        live.serve(serving)
        return live

    def _first_whole(
        self, tenant: str, scenario: str, versions: Sequence[str], known: Mapping[str, MetaModel]
    ) -> MetaModel:
        """The first of these that is not damaged, loaded; the others are named in the log, once."""
        for version in versions:
            if version in known:
                return known[version]
            if (tenant, scenario, version) not in self._damaged:
                try:
                    return self._loaded(tenant, scenario, version)
                except DamagedFile as error:
                    _LOG.error("%s: refused: %s", scenario, error)
                    self._damaged.add((tenant, scenario, version))
        raise DamagedFile(f"{scenario}: every version that has answered is damaged: {', '.join(versions)}")

    def _loaded(self, tenant: str, scenario: str, version: str) -> MetaModel:
        """The version, after its first answer. Errors: `NotFound`; `DamagedFile` that names it."""
        folder = self.registry.fetch(tenant, scenario, version, self._cache)
        try:
            model = load(folder)
        except DamagedFile as error:
            raise DamagedFile(f"model {version} of {scenario}: {error}") from error
        if model.version != version:
            raise DamagedFile(f"model {version} of {scenario}: its manifest says that it is {model.version}")
        self._damaged.discard((tenant, scenario, version))
        return model

    def promote(self, tenant: str, scenario: str, version: str, why: str, *, share: float = 1.0) -> None:
        """Let this version answer, or a share of the tasks, from the next request on; it is loaded first.

        Errors: as of `live` and of `Registry.promote`.
        """
        model = self._loaded(tenant, scenario, version)  # refused before anything has changed
        self.registry.promote(tenant, scenario, version, self.clock(), why, share=share)
        with self._lock:
            self._looked(tenant, scenario, model)

    def roll_back(self, tenant: str, scenario: str, why: str) -> str:
        """End a trial, or let the version answer that did before; gives its name. Errors: `UsageError` for none."""
        before = self.registry.pointer(tenant, scenario).before
        live, _ = self._lives.get((tenant, scenario), (None, 0.0))
        if before is not None and (live is None or before not in live.held):
            self._loaded(tenant, scenario, before)  # refused before anything has changed
        version = self.registry.roll_back(tenant, scenario, self.clock(), why)
        with self._lock:
            self._looked(tenant, scenario)
        return version

    def forget(self, tenant: str, person: str) -> Mapping[str, int]:
        """Take a person away; gives how many events were emptied, by scenario."""
        emptied = self.log.forget(tenant, person, self.clock())
        for scenario in emptied:
            live, _ = self._lives.get((tenant, scenario), (None, 0.0))
            if live is not None:
                live.forget(self.log.last_emptied(tenant))
        return emptied

    def lives(self, tenant: str) -> list[Live]:
        """Every scenario of a tenant. Errors: as of `live`."""
        return [self.live(own, scenario) for own, scenario in self.registry.scenarios() if own == tenant]

    def ready(self) -> list[str]:
        """Names of the scenarios that answer, each loaded. Errors: as of `live`."""
        return [self.live(tenant, scenario).scenario for tenant, scenario in self.registry.scenarios()]

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
        receipt = self._writer.submit(Request(tenant, scenario, events, arrived))
        receipt.add_done_callback(self.drift.wake)
        return receipt
