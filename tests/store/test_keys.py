"""`Keys` on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warmstart.errors import NotFound
from warmstart.store.database import Database
from warmstart.store.keys import KeyKind, Keys

NOW = datetime(2026, 1, 6, tzinfo=UTC)


def test_a_key_opens_its_tenant(database: Database) -> None:
    """And what its kind may do; an admin's does all."""
    keys = Keys(database)
    access = keys.check(keys.create("shop", KeyKind.READ, NOW))
    assert access is not None
    assert access.tenant == "shop"
    assert [access.may(kind) for kind in KeyKind] == [False, True, False]
    admin = keys.check(keys.create("shop", KeyKind.ADMIN, NOW))
    assert admin is not None
    assert all(admin.may(kind) for kind in KeyKind)


def test_wrong_keys(database: Database) -> None:
    """No part of a key alone opens anything, nor does one that is revoked."""
    keys = Keys(database)
    key = keys.create("shop", KeyKind.ADMIN, NOW)
    name = key.split("_")[1]
    for wrong in (
        "",
        "ws",
        key[:-1],
        key + "0",
        f"ws_{name}_",
        f"ws_{name}",
        key.replace("ws_", "wx_"),
        "ws_é_\udcff",
        "ws_\udcff_0",
        "ws_\0_0",
    ):
        assert keys.check(wrong) is None
    assert keys.check(key) is not None
    keys.revoke(name, NOW)
    assert keys.check(key) is None
    with pytest.raises(NotFound):
        keys.revoke(name, NOW)


def test_the_secret_is_not_kept(database: Database) -> None:
    """Nothing in the table holds it."""
    keys = Keys(database)
    secret = keys.create("shop", KeyKind.INGEST, NOW).split("_")[2]
    with database.read() as transaction:
        assert secret not in str(transaction.run("SELECT * FROM keys"))
    (key,) = keys.all()
    assert (key.tenant, key.kind, key.revoked) == ("shop", KeyKind.INGEST, None)
