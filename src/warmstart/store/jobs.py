"""`Jobs`: long work that somebody asked for, how far it is, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from warmstart.errors import NotFound
from warmstart.store.database import Database
from warmstart.store.log import microseconds, moment

__all__ = ["Job", "Jobs"]

_COLUMNS = "id, scenario, kind, wish, made, began, beat, ended, said, outcome, failed"
_SILENT_S = 60.0  # without a sign of life
_LONGEST = 2_000  # characters of what it says
_LISTED = 100


@dataclass(frozen=True)
class Job:
    """Moments are microseconds since 1970, None for what has not been yet."""

    id: str
    scenario: str
    kind: str
    wish: Mapping[str, Any]
    """What was asked for."""
    made: int
    began: int | None
    beat: int | None
    """Its last sign of life."""
    ended: int | None
    said: str
    """The last that it told of how far it is, or of why it failed."""
    outcome: Any
    """JSON."""
    failed: bool

    def state(self, at: datetime) -> str:
        """`waiting`, `running`, `done`, `failed`, or `lost` where the process that worked on it is gone."""
        if self.ended is not None:
            return "failed" if self.failed else "done"
        seen = self.beat or self.made
        if microseconds(at) - seen > _SILENT_S * 1_000_000:
            return "lost"
        return "waiting" if self.began is None else "running"

    def to_dict(self, at: datetime) -> dict[str, Any]:
        """JSON values; moments as ISO 8601."""
        moments = {name: getattr(self, name) for name in ("made", "began", "ended")}
        told = {name: None if us is None else moment(us).isoformat() for name, us in moments.items()}
        own = {"id": self.id, "scenario": self.scenario, "kind": self.kind, "wish": dict(self.wish)}
        return own | {"state": self.state(at), "said": self.said, "outcome": self.outcome} | told


class Jobs:
    """Of all tenants, over either database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, scenario: str, kind: str, wish: Mapping[str, Any], at: datetime) -> str:
        """Keep the wish; gives its id."""
        name = uuid4().hex
        told = json.dumps(wish, sort_keys=True, allow_nan=False)
        self._write(
            "INSERT INTO jobs (id, tenant, scenario, kind, wish, made, said, failed) VALUES (?, ?, ?, ?, ?, ?, '', 0)",
            *(name, tenant, scenario, kind, told, microseconds(at)),
        )
        return name

    def beat(self, names: Sequence[str], at: datetime) -> None:
        """These are alive."""
        with self._database.write() as transaction:
            transaction.many("UPDATE jobs SET beat = ? WHERE id = ?", [(microseconds(at), name) for name in names])

    def begin(self, name: str, at: datetime) -> None:
        """It is worked on."""
        self._write("UPDATE jobs SET began = ?, beat = ? WHERE id = ?", microseconds(at), microseconds(at), name)

    def tell(self, name: str, said: str, at: datetime) -> None:
        """How far it is."""
        self._write("UPDATE jobs SET said = ?, beat = ? WHERE id = ?", said[-_LONGEST:], microseconds(at), name)

    def end(self, name: str, said: str, outcome: Any, at: datetime, *, failed: bool) -> None:
        """It is over."""
        told = json.dumps(outcome, allow_nan=False)
        self._write(
            "UPDATE jobs SET ended = ?, said = ?, outcome = ?, failed = ? WHERE id = ?",
            *(microseconds(at), said[-_LONGEST:], told, int(failed), name),
        )

    def get(self, tenant: str, name: str) -> Job:
        """One job. Errors: `NotFound`."""
        with self._database.read() as transaction:
            rows = transaction.run(f"SELECT {_COLUMNS} FROM jobs WHERE tenant = ? AND id = ?", tenant, name)
        if not rows:
            raise NotFound("job", name, ())
        return _job(rows[0])

    def lately(self, tenant: str, scenario: str) -> list[Job]:
        """The last hundred of a scenario, the newest first."""
        with self._database.read() as transaction:
            rows = transaction.run(
                f"SELECT {_COLUMNS} FROM jobs WHERE tenant = ? AND scenario = ? ORDER BY made DESC, id LIMIT {_LISTED}",
                *(tenant, scenario),
            )
        return [_job(row) for row in rows]

    def _write(self, sql: str, *values: Any) -> None:
        with self._database.write() as transaction:
            transaction.run(sql, *values)


def _job(row: tuple[Any, ...]) -> Job:
    name, scenario, kind, wish, made, began, beat, ended, said, told, failed = row
    outcome = None if told is None else json.loads(told)
    return Job(name, scenario, kind, json.loads(wish), made, began, beat, ended, said, outcome, bool(failed))
