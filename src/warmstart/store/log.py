"""`EventLog`: what happened, in the order in which it arrived; never changed, but for what a person asks to forget."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from warmstart.errors import Conflict, DamagedFile
from warmstart.store.database import Database, Transaction
from warmstart.store.event import event_of, to_json

__all__ = ["EventLog", "Logged", "Receipt", "Request", "digest_of", "emptied", "microseconds", "moment"]

_AT_ONCE = 500  # keys in one look-up, and rows in one page
_BYTES = 16  # of a digest: two of 10**12 events are alike with a chance of 10**-15
_COLUMNS = "seq, scenario, body, digest, arrived"
_END = 2**63 - 1  # beyond every place
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Logged:
    """An event with its place in the log."""

    seq: int
    """Rises with the order of arrival; not without gaps."""
    scenario: str
    event: Any
    arrived: int
    """Microseconds since 1970."""


@dataclass(frozen=True)
class Receipt:
    """Of an acknowledged request: how many of its events are new, and how many were there before."""

    new: int
    known: int


@dataclass(frozen=True)
class Request:
    """Events that are acknowledged together, or not at all."""

    tenant: str
    scenario: str
    events: Sequence[Any]
    arrived: datetime


class EventLog:
    """Append-only, over either database; an event id counts once for each tenant and scenario."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, request: Request) -> Receipt:
        """One request, durable when this returns. Errors: `Conflict` for an id that was used with other content."""
        (outcome,) = self.append_all([request])
        if isinstance(outcome, Conflict):
            raise outcome
        return outcome

    def append_all(self, requests: Sequence[Request]) -> list[Receipt | Conflict]:
        """Several requests in one commit: each is told its own outcome, and one in conflict changes nothing."""
        rows = [[_row(each, event) for event in each.events] for each in requests]
        with self._database.write() as transaction:
            held = _held(transaction, [row for each in rows for row in each])
            outcomes: list[Receipt | Conflict] = []
            new: list[tuple[Any, ...]] = []
            for request, own in zip(requests, rows, strict=True):
                outcome, fresh = _sorted_out(request, own, held)
                held.update({_key(row): row[_DIGEST] for row in fresh})
                outcomes.append(outcome)
                new += fresh
            if new:
                transaction.many(f"INSERT INTO events ({', '.join(_INSERTED)}) VALUES ({_marks(_INSERTED)})", new)
        return outcomes

    def of_task(
        self, tenant: str, scenario: str, task: str, after: int = 0, *, most: int, before: int = _END
    ) -> list[Logged]:
        """What one task is adapted to, between two places in the log and in the order of arrival.

        All of its descriptors, and of its interactions the `most` that happened last.
        """
        place = (tenant, scenario, task, after, before)
        own = (
            f"SELECT {_COLUMNS} FROM events WHERE tenant = ? AND scenario = ? AND subject = ? AND seq > ? AND seq < ? "
            "AND kind = "
        )
        with self._database.read() as transaction:
            rows = transaction.run(f"{own}'user'", *place)
            rows += transaction.run(f"{own}'interaction' ORDER BY happened DESC, seq DESC LIMIT ?", *place, most)
        return [_logged(row) for row in sorted(rows)]

    def since(self, tenant: str, after: int = 0, scenario: str | None = None) -> Iterator[Logged]:
        """All events beyond a place in the log, page by page: what is forgotten meanwhile is left out."""
        own = "" if scenario is None else " AND scenario = ?"
        names = () if scenario is None else (scenario,)
        while True:
            with self._database.read() as transaction:
                rows = transaction.run(
                    f"SELECT {_COLUMNS} FROM events WHERE tenant = ?{own} AND seq > ? AND body IS NOT NULL "
                    f"ORDER BY seq LIMIT {_AT_ONCE}",
                    *(tenant, *names, after),
                )
            yield from map(_logged, rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1][0]

    def before_latest(self, tenant: str, scenario: str, most: int) -> int:
        """The place beyond which the `most` latest events of a scenario lie; 0 where there are no more than that."""
        with self._database.read() as transaction:
            found = transaction.run(
                "SELECT seq FROM events WHERE tenant = ? AND scenario = ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
                *(tenant, scenario, most),
            )
        return int(found[0][0]) if found else 0

    def forget(self, tenant: str, person: str, at: datetime) -> Mapping[str, int]:
        """Take a person's events and states away, in all scenarios; the ids stay used, and the wish is kept as a hash.

        So are the names of the tasks that lost events. Gives how many were emptied, by scenario.
        """
        with self._database.write() as transaction:
            own = transaction.run(
                "SELECT scenario, subject FROM events WHERE tenant = ? AND person = ? AND body IS NOT NULL",
                *(tenant, person),
            )  # counted here: grouped, they would be looked for in the order of all subjects
            tasks = sorted(set(own))
            transaction.many(
                "DELETE FROM states WHERE tenant = ? AND scenario = ? AND task = ?", [(tenant, *task) for task in tasks]
            )
            transaction.run(
                "UPDATE events SET body = NULL, kind = 'forgotten', subject = '', person = '', happened = 0, "
                "digest = key WHERE tenant = ? AND person = ?",
                *(tenant, person),
            )
            transaction.many(
                "INSERT INTO emptied (tenant, scenario, digest) VALUES (?, ?, ?)",
                [(tenant, scenario, digest_of(subject)) for scenario, subject in tasks],
            )
            transaction.run(
                "INSERT INTO forgotten VALUES (?, ?, ?) ON CONFLICT (tenant, digest) DO UPDATE SET at = excluded.at",
                *(tenant, digest_of(person), microseconds(at)),
            )
        return Counter(scenario for scenario, _ in own)

    def forgotten(self, tenant: str) -> set[bytes]:
        """`digest_of` each person whom this tenant has to leave out of everything that is learned."""
        with self._database.read() as transaction:
            return {
                bytes(digest) for (digest,) in transaction.run("SELECT digest FROM forgotten WHERE tenant = ?", tenant)
            }

    def last_emptied(self, tenant: str) -> int:
        """A number that rises whenever a task loses events of somebody who is forgotten; 0 before the first."""
        with self._database.read() as transaction:
            return int(transaction.run("SELECT MAX(seq) FROM emptied WHERE tenant = ?", tenant)[0][0] or 0)

    def emptied(self, tenant: str, scenario: str, after: int) -> set[bytes]:
        """`digest_of` each task that has lost events since `last_emptied` was `after`."""
        with self._database.read() as transaction:
            return emptied(transaction, tenant, scenario, after)

    def traces(self, tenant: str, person: str) -> Mapping[str, int]:
        """How many rows of each table still name a person: all 0 after `forget`."""
        with self._database.read() as transaction:
            counted = {
                "events": transaction.run(
                    "SELECT COUNT(*) FROM events WHERE tenant = ? AND (person = ? OR subject = ?)",
                    tenant,
                    person,
                    person,
                ),
                "states": transaction.run("SELECT COUNT(*) FROM states WHERE tenant = ? AND task = ?", tenant, person),
            }
        return {name: int(rows[0][0]) for name, rows in counted.items()}


def emptied(transaction: Transaction, tenant: str, scenario: str, after: int) -> set[bytes]:
    """As `EventLog` says, within a transaction."""
    own = "SELECT digest FROM emptied WHERE tenant = ? AND seq > ? AND scenario = ?"
    return {bytes(digest) for (digest,) in transaction.run(own, tenant, after, scenario)}


_INSERTED = ("tenant", "scenario", "key", "digest", "kind", "subject", "person", "happened", "arrived", "body")
_DIGEST = _INSERTED.index("digest")


def _row(request: Request, event: Any) -> tuple[Any, ...]:
    """The values of `_INSERTED`."""
    body = to_json(event)
    subject = event.item if event.kind == "item" else event.task
    person = event.person or ("" if event.kind == "item" else event.task)
    return (
        *(request.tenant, request.scenario, digest_of(event.id), digest_of(body), event.kind, subject, person),
        *(microseconds(event.time), microseconds(request.arrived), body),
    )


def _key(row: Sequence[Any]) -> tuple[str, str, bytes]:
    tenant, scenario, key = row[:3]
    return tenant, scenario, key


def _held(transaction: Transaction, rows: Sequence[Sequence[Any]]) -> dict[tuple[str, str, bytes], bytes]:
    """Digests of the events among these that are in the log already."""
    wanted: dict[tuple[str, str], list[bytes]] = {}
    for tenant, scenario, key, *_ in rows:
        wanted.setdefault((tenant, scenario), []).append(key)
    held: dict[tuple[str, str, bytes], bytes] = {}
    for place, keys in wanted.items():
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            found = transaction.run(
                f"SELECT key, digest FROM events WHERE tenant = ? AND scenario = ? AND key IN ({_marks(some)})",
                *(*place, *some),
            )
            held |= {(*place, bytes(key)): bytes(digest) for key, digest in found}
    return held


def _sorted_out(
    request: Request, rows: Sequence[tuple[Any, ...]], held: Mapping[tuple[str, str, bytes], bytes]
) -> tuple[Receipt | Conflict, list[tuple[Any, ...]]]:
    """The outcome of one request, and its rows that are new."""
    fresh: dict[tuple[str, str, bytes], tuple[Any, ...]] = {}
    for event, row in zip(request.events, rows, strict=True):
        key = _key(row)
        before = held[key] if key in held else fresh[key][_DIGEST] if key in fresh else None
        if before is None:
            fresh[key] = row
        elif before not in (row[_DIGEST], key[2]):  # of what was forgotten, the digest is the key
            return Conflict(
                f"event {event.id!r}: the id was used with other content; nothing of this request counts"
            ), []
    return Receipt(len(fresh), len(rows) - len(fresh)), list(fresh.values())


def _logged(row: tuple[Any, ...]) -> Logged:
    seq, scenario, body, digest, arrived = row
    if digest_of(body) != bytes(digest):
        raise DamagedFile(f"event {seq} of the log is not what was written; restore a backup")
    return Logged(seq, scenario, event_of(body), arrived)


def digest_of(text: str) -> bytes:
    """The first 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:_BYTES]


def microseconds(moment: datetime) -> int:
    """Since 1970 in UTC."""
    return round((moment - _EPOCH).total_seconds() * 1_000_000)


def moment(us: int) -> datetime:
    """The inverse of `microseconds`."""
    return _EPOCH + timedelta(microseconds=us)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
