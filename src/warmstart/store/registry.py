"""`Registry`: versions of models, which never change, and which of them answers; both change in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warmstart.errors import Conflict, DamagedFile, NotFound, UsageError
from warmstart.store.database import Database, Transaction
from warmstart.store.log import microseconds, moment

__all__ = ["Entry", "Pointer", "Promotion", "Registry"]

_ARRAYS = "arrays.safetensors"
_FILES = ("manifest.json", _ARRAYS)
_WHOLE = 1_000  # thousandths
_LARGEST = 512 * 2**20  # bytes of a file: what both databases can hold in one value


@dataclass(frozen=True)
class Entry:
    """One version of a scenario's model."""

    version: str
    made: int
    """Microseconds since 1970, when it was published."""
    report: Mapping[str, Any]
    """What is known of it, such as the figures of its gate."""
    share: float
    """Of the tasks that it answers: 1 for the one that serves alone, 0 for most."""

    @property
    def serving(self) -> bool:
        """Whether it answers any task."""
        return self.share > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the moment as ISO 8601."""
        return {
            "version": self.version,
            "made": moment(self.made).isoformat(),
            "serving": self.serving,
            "share": self.share,
            "report": dict(self.report),
        }


@dataclass(frozen=True)
class Promotion:
    """When a version began to answer, and why."""

    version: str
    thousandths: int
    """Of the tasks; fewer than all is a trial beside the version before."""
    at: int
    """Microseconds since 1970."""
    why: str


@dataclass(frozen=True)
class Pointer:
    """What answers now."""

    versions: tuple[str, ...]
    """Those that answered all tasks, the latest first, each once."""
    canary: str | None = None
    """The one on trial."""
    share: float = 0.0
    """Of the tasks, which the one on trial answers."""

    @property
    def serving(self) -> str | None:
        """The version that answers, but for the share on trial."""
        return next(iter(self.versions), None)

    @property
    def before(self) -> str | None:
        """What a roll-back goes to: without the trial, or the version before."""
        return next(iter(self.versions[0 if self.canary else 1 :]), None)

    def share_of(self, version: str) -> float:
        """Of the tasks, that this version answers."""
        whole = 1 - self.share if version == self.serving else 0.0
        return round(whole + (self.share if version == self.canary else 0.0), 3)


class Registry:
    """Of all tenants and scenarios, over either database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publish(
        self, tenant: str, scenario: str, version: str, folder: Path, at: datetime, report: Mapping[str, Any]
    ) -> bool:
        """Keep the model in `folder` under its version; gives whether it is new. It does not answer yet.

        Errors: `Conflict` where the version is there with other bytes, `UsageError` for a file that is too large.
        """
        files = {name: (Path(folder) / name).read_bytes() for name in _FILES}
        for name, content in files.items():
            if len(content) > _LARGEST:
                raise UsageError(f"{folder}/{name}: {len(content):,} bytes; the registry holds files of {_LARGEST:,}")
        own = (tenant, scenario, version)
        with self._database.write() as transaction:
            known = dict(transaction.run(f"SELECT name, sha256 FROM model_files WHERE {_OWN}", *own))
            digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
            if known:
                if known[_ARRAYS] != digests[_ARRAYS]:  # manifests may differ in how long training took
                    raise Conflict(f"model {version} of {scenario} is there with other content")
                return False
            for name, content in files.items():
                transaction.run("INSERT INTO model_files VALUES (?, ?, ?, ?, ?, ?)", *own, name, digests[name], content)
            told = json.dumps(report, sort_keys=True, allow_nan=False)
            transaction.run("INSERT INTO models VALUES (?, ?, ?, ?, ?)", *own, microseconds(at), told)
        return True

    def promote(self, tenant: str, scenario: str, version: str, at: datetime, why: str, *, share: float = 1.0) -> None:
        """Let this version answer from now on, or a share of the tasks, in thousandths, beside the one that serves.

        Errors: `NotFound`; `UsageError` for a share out of (0, 1], or one beside no version, or beside itself.
        """
        if not 1 / _WHOLE <= share <= 1:
            raise UsageError(f"share: expected {1 / _WHOLE} to 1; got {share}")
        thousandths = round(share * _WHOLE)
        with self._database.write() as transaction:
            known = [
                name for (name,) in transaction.run(f"SELECT version FROM models WHERE {_PLACE}", tenant, scenario)
            ]
            if version not in known:
                raise NotFound(f"model of {scenario}", version, known)
            if thousandths < _WHOLE and _pointer(transaction, tenant, scenario).serving in (None, version):
                raise UsageError(f"{scenario}: no other version answers, beside which {version} could be tried")
            _point(transaction, tenant, scenario, version, thousandths, at, why)

    def roll_back(self, tenant: str, scenario: str, at: datetime, why: str) -> str:
        """End a trial, or let the version answer that did before; gives the name of the one that answers then.

        Errors: `NotFound`, `UsageError` for the first.
        """
        with self._database.write() as transaction:
            pointer = _pointer(transaction, tenant, scenario)
            if pointer.serving is None:
                raise NotFound("scenario", scenario, [])
            if pointer.before is None:
                raise UsageError(f"{scenario}: no version answered before this one")
            _point(transaction, tenant, scenario, pointer.before, _WHOLE, at, why)
        return pointer.before

    def pointer(self, tenant: str, scenario: str) -> Pointer:
        """What answers now, and what did before."""
        with self._database.read() as transaction:
            return _pointer(transaction, tenant, scenario)

    def scenarios(self) -> list[tuple[str, str]]:
        """Tenant and scenario of everything that answers."""
        with self._database.read() as transaction:
            rows = transaction.run("SELECT DISTINCT tenant, scenario FROM promotions ORDER BY tenant, scenario")
        return [(str(tenant), str(scenario)) for tenant, scenario in rows]

    def entries(self, tenant: str, scenario: str) -> list[Entry]:
        """All versions, the newest first."""
        with self._database.read() as transaction:
            now = _pointer(transaction, tenant, scenario)
            rows = transaction.run(
                f"SELECT version, made, report FROM models WHERE {_PLACE} ORDER BY made DESC, version", tenant, scenario
            )
        return [Entry(version, made, json.loads(report), now.share_of(version)) for version, made, report in rows]

    def promotions(self, tenant: str, scenario: str) -> list[Promotion]:
        """What answered when, the latest first."""
        with self._database.read() as transaction:
            rows = transaction.run(
                f"SELECT version, thousandths, at, why FROM promotions WHERE {_PLACE} ORDER BY seq DESC",
                tenant,
                scenario,
            )
        return [Promotion(*row) for row in rows]

    def fetch(self, tenant: str, scenario: str, version: str, into: Path) -> Path:
        """The folder under `into` with this version's files, each checked; written whole or not at all, and once.

        Errors: `NotFound`, `DamagedFile` for a file or a byte that is not what was published.
        """
        folder = into / hashlib.sha256(f"{tenant}\n{scenario}\n{version}".encode()).hexdigest()[:24]
        own = (tenant, scenario, version)
        with self._database.read() as transaction:
            digests = dict(transaction.run(f"SELECT name, sha256 FROM model_files WHERE {_OWN}", *own))
            if _holds(folder, digests):
                return folder
            rows = transaction.run(f"SELECT name, content FROM model_files WHERE {_OWN}", *own)
        if not rows:
            raise NotFound(f"model of {scenario}", version, [each.version for each in self.entries(tenant, scenario)])
        if set(digests) != set(_FILES):
            raise DamagedFile(f"model {version} of {scenario}: expected {', '.join(_FILES)}; got {', '.join(digests)}")
        into.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=into))
        try:
            for name, content in rows:
                if not isinstance(content, bytes) or hashlib.sha256(content).hexdigest() != digests[name]:
                    raise DamagedFile(f"model {version} of {scenario}: {name} is not what was published")
                (part / name).write_bytes(content)
            if not _holds(folder, digests):  # a copy that a power cut has torn
                shutil.rmtree(folder, ignore_errors=True)
            os.replace(part, folder)
        except OSError:
            if not folder.exists():  # another thread has written the same bytes
                raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return folder


def _holds(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the folder has these files with these bytes."""
    if not digests or not folder.exists():
        return False
    held = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    return held == digests


_PLACE = "tenant = ? AND scenario = ?"
_OWN = f"{_PLACE} AND version = ?"


def _pointer(transaction: Transaction, tenant: str, scenario: str) -> Pointer:
    told = transaction.run(
        f"SELECT version, thousandths FROM promotions WHERE {_PLACE} ORDER BY seq DESC", tenant, scenario
    )
    versions = tuple(dict.fromkeys(version for version, thousandths in told if thousandths == _WHOLE))
    tried = [(version, thousandths / _WHOLE) for version, thousandths in told[:1] if thousandths < _WHOLE]
    return Pointer(versions, *(tried[0] if tried else ()))


def _point(
    transaction: Transaction, tenant: str, scenario: str, version: str, thousandths: int, at: datetime, why: str
) -> None:
    transaction.run(
        "INSERT INTO promotions (tenant, scenario, version, thousandths, at, why) VALUES (?, ?, ?, ?, ?, ?)",
        *(tenant, scenario, version, thousandths, microseconds(at), why),
    )
