"""`Keys`: who may ask what of which tenant; only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warmstart.errors import NotFound
from warmstart.store.database import Database
from warmstart.store.log import microseconds

__all__ = ["Access", "Key", "KeyKind", "Keys"]

_SECRET_BYTES = 32
_ID_BYTES = 6
_PREFIX = "ws"


class KeyKind(StrEnum):
    """What its holder may do; an admin may do all of it."""

    ADMIN = "admin"
    READ = "read"
    INGEST = "ingest"


@dataclass(frozen=True)
class Access:
    """What a key that was shown opens."""

    tenant: str
    kind: KeyKind
    id: str

    def may(self, kind: KeyKind) -> bool:
        """Whether it opens what needs this kind of key."""
        return self.kind in (kind, KeyKind.ADMIN)


@dataclass(frozen=True)
class Key:
    """What is known of a key; not the key."""

    id: str
    tenant: str
    kind: KeyKind
    made: int
    """Microseconds since 1970."""
    revoked: int | None


class Keys:
    """A key is `ws_ID_SECRET`: 256 random bits, of which a hash is compared in constant time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, tenant: str, kind: KeyKind, at: datetime) -> str:
        """A new key: told once, here, and never again."""
        name, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
        with self._database.write() as transaction:
            transaction.run(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL)",
                name,
                tenant,
                kind.value,
                _hash(secret),
                microseconds(at),
            )
        return f"{_PREFIX}_{name}_{secret}"

    def check(self, key: str) -> Access | None:
        """What the key opens; None for one that was never made, or was revoked."""
        prefix, _, rest = key.partition("_")
        name, _, secret = rest.partition("_")
        name = name if name.isascii() and name.isalnum() else ""
        with self._database.read() as transaction:
            found = transaction.run("SELECT tenant, kind, digest FROM keys WHERE id = ? AND revoked IS NULL", name)
        tenant, kind, digest = found[0] if found else ("", KeyKind.READ, bytes(hashlib.sha256().digest_size))
        right = hmac.compare_digest(bytes(digest), _hash(secret))
        return Access(tenant, KeyKind(kind), name) if right and found and prefix == _PREFIX else None

    def all(self) -> list[Key]:
        """Those that were ever made, the oldest first."""
        with self._database.read() as transaction:
            rows = transaction.run("SELECT id, tenant, kind, made, revoked FROM keys ORDER BY made, id")
        return [Key(name, tenant, KeyKind(kind), made, revoked) for name, tenant, kind, made, revoked in rows]

    def revoke(self, name: str, at: datetime) -> None:
        """Open nothing with it from now on. Errors: `NotFound`."""
        with self._database.write() as transaction:
            done = transaction.run(
                "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL RETURNING id", microseconds(at), name
            )
        if not done:
            raise NotFound("key", name, [key.id for key in self.all() if key.revoked is None])


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
