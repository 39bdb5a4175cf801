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

__all__ = ["Entry", "Promotion", "Registry"]

_ARRAYS = "arrays.safetensors"
_FILES = ("manifest.json", _ARRAYS)
_LARGEST = 512 * 2**20  # bytes of a file: what both databases can hold in one value


@dataclass(frozen=True)
class Entry:
    """One version of a scenario's model."""

    version: str
    made: int
    """Microseconds since 1970, when it was published."""
    report: Mapping[str, Any]
    """What is known of it, such as the figures of its gate."""
    serving: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the moment as ISO 8601."""
        return {
            "version": self.version,
            "made": moment(self.made).isoformat(),
            "serving": self.serving,
            "report": dict(self.report),
        }


@dataclass(frozen=True)
class Promotion:
    """When a version began to answer, and why."""

    version: str
    at: int
    """Microseconds since 1970."""
    why: str


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

    def promote(self, tenant: str, scenario: str, version: str, at: datetime, why: str) -> None:
        """Let this version answer from now on. Errors: `NotFound`."""
        with self._database.write() as transaction:
            known = [
                name for (name,) in transaction.run(f"SELECT version FROM models WHERE {_PLACE}", tenant, scenario)
            ]
            if version not in known:
                raise NotFound(f"model of {scenario}", version, known)
            _point(transaction, tenant, scenario, version, at, why)

    def roll_back(self, tenant: str, scenario: str, at: datetime, why: str) -> str:
        """Let the version answer that did before; gives its name. Errors: `NotFound`, `UsageError` for the first."""
        with self._database.write() as transaction:
            found = transaction.run(
                f"SELECT version FROM promotions WHERE {_PLACE} ORDER BY seq DESC LIMIT 2", tenant, scenario
            )
            if not found:
                raise NotFound("scenario", scenario, [])
            if len(found) < 2:  # noqa: PLR2004 — this one and the one before
                raise UsageError(f"{scenario}: no version answered before this one")
            before = str(found[1][0])
            _point(transaction, tenant, scenario, before, at, why)
        return before

    def serving(self, tenant: str, scenario: str) -> str | None:
        """The version that answers, if any."""
        with self._database.read() as transaction:
            return _serving(transaction, tenant, scenario)

    def lately(self, tenant: str, scenario: str) -> list[str]:
        """The versions that answered, the latest first, each once."""
        return list(dict.fromkeys(each.version for each in self.promotions(tenant, scenario)))

    def scenarios(self) -> list[tuple[str, str]]:
        """Tenant and scenario of everything that answers."""
        with self._database.read() as transaction:
            rows = transaction.run("SELECT DISTINCT tenant, scenario FROM promotions ORDER BY tenant, scenario")
        return [(str(tenant), str(scenario)) for tenant, scenario in rows]

    def entries(self, tenant: str, scenario: str) -> list[Entry]:
        """All versions, the newest first."""
        with self._database.read() as transaction:
            now = _serving(transaction, tenant, scenario)
            rows = transaction.run(
                f"SELECT version, made, report FROM models WHERE {_PLACE} ORDER BY made DESC, version", tenant, scenario
            )
        return [Entry(version, made, json.loads(report), version == now) for version, made, report in rows]

    def promotions(self, tenant: str, scenario: str) -> list[Promotion]:
        """What answered when, the latest first."""
        with self._database.read() as transaction:
            rows = transaction.run(
                f"SELECT version, at, why FROM promotions WHERE {_PLACE} ORDER BY seq DESC", tenant, scenario
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


def _serving(transaction: Transaction, tenant: str, scenario: str) -> str | None:
    found = transaction.run(
        f"SELECT version FROM promotions WHERE {_PLACE} ORDER BY seq DESC LIMIT 1", tenant, scenario
    )
    return str(found[0][0]) if found else None


def _point(transaction: Transaction, tenant: str, scenario: str, version: str, at: datetime, why: str) -> None:
    transaction.run(
        "INSERT INTO promotions (tenant, scenario, version, at, why) VALUES (?, ?, ?, ?, ?)",
        *(tenant, scenario, version, microseconds(at), why),
    )
