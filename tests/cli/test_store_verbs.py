"""`keys`, `events`, `forget` and `update`: what the service keeps, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warmstart.engine.storage import load
from warmstart.errors import UsageError
from warmstart.service.serve import Address, publish
from warmstart.service.service import Service
from warmstart.store.database import connect
from warmstart.store.keys import KeyKind, Keys

Run = Callable[[str], tuple[int, str, str]]


def written(path: Path, stores: int = 60) -> Path:
    """Events of new stores, six weeks each, as JSON lines."""
    lines = []
    for store in range(stores):
        for week in range(6):
            row: dict[str, Any] = {"price": 1 + week / 4, "sold": 20.0 + store % 7 - 3 * (1 + week / 4)}
            held = {"id": f"{store}-{week}", "kind": "interaction", "task": f"n{store}", "row": row}
            lines.append(json.dumps(held | {"time": f"2026-01-{1 + week:02d}T00:00:00+00:00"}))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_keys(shop: Path, run: Run) -> None:
    """Made, listed without their secret, revoked once."""
    code, key, _ = run("keys create read --db shop.db")
    assert code == 0
    code, told, _ = run("keys list --db shop.db --json")
    (held,) = json.loads(told)
    assert held["id"] in key
    assert key.strip().split("_")[2] not in told
    assert run(f"keys revoke {held['id']} --db shop.db")[0] == 0
    assert run(f"keys revoke {held['id']} --db shop.db")[0] == 2
    assert "False" in run("keys list --db shop.db")[1]
    assert run("keys")[0] == 2


def test_events_go_in_and_come_out(shop: Path, run: Run) -> None:
    """Imported twice they count once; exported they are the same lines."""
    written(shop / "events.jsonl", 3)
    assert json.loads(run("events import events.jsonl --scenario table --db shop.db")[1]) == {"new": 18, "known": 0}
    assert json.loads(run("events import events.jsonl --scenario table --db shop.db")[1]) == {"new": 0, "known": 18}
    code, out, _ = run("events export --db shop.db")
    assert code == 0
    assert [json.loads(a) for a in out.splitlines()] == [
        json.loads(b) for b in (shop / "events.jsonl").read_text().splitlines()
    ]
    (shop / "broken.jsonl").write_text('{"id": "1"}\n')
    code, _, err = run("events import broken.jsonl --scenario table --db shop.db")
    assert code == 3
    assert "line 1" in err


def test_forget(shop: Path, run: Run) -> None:
    """Before, --verify finds rows and says so by its exit code; afterwards none."""
    run(f"events import {written(shop / 'events.jsonl', 3)} --scenario table --db shop.db")
    code, out, _ = run("forget n1 --verify --db shop.db")
    assert code == 3
    assert json.loads(out)["left"]["events"] == 6
    code, out, _ = run("forget n1 --db shop.db")
    assert (code, json.loads(out)["emptied"]) == (0, {"table": 6})
    assert run("forget n1 --verify --db shop.db")[0] == 0
    assert "n1" not in run("events export --db shop.db")[1]


def test_backup(shop: Path, run: Run) -> None:
    """Written once, and read into an empty database: the same events."""
    run(f"events import {written(shop / 'events.jsonl', 3)} --scenario table --db shop.db")
    code, out, _ = run("backup kept.db --db shop.db")
    assert (code, json.loads(out)["events"]) == (0, 18)
    assert run("backup kept.db --db shop.db")[0] == 3
    assert run("restore kept.db --db other.db")[0] == 0
    assert run("events export --db other.db")[1] == run("events export --db shop.db")[1]


def test_update(shop: Path, run: Run) -> None:
    """A version that learned from the events too is published, judged, and its report kept."""
    with closing(connect("shop.db")) as database, Service(database, shop / "models") as service:
        assert publish(service, [shop / "model"]) == [("table", load(shop / "model").version)]
    run(f"events import {written(shop / 'events.jsonl')} --scenario table --db shop.db")
    code, out, err = run("update table --data my.toml --db shop.db --json")
    assert code == 0, err
    told = json.loads(out)
    assert told["logged"] + told["gate"]["tasks"] == 60
    with closing(connect("shop.db")) as database, Service(database, shop / "models") as service:
        entries = service.registry.entries("default", "table")
        serving = service.registry.pointer("default", "table").serving
    assert {each.version for each in entries} == {told["version"], load(shop / "model").version}
    assert (serving == told["version"]) == told["gate"]["passed"]
    assert run("update table --data my.toml --db empty.db")[0] == 2


def test_addresses(shop: Path) -> None:
    """What other machines reach needs a key."""
    with closing(connect("shop.db")) as database:
        keys = Keys(database)
        assert Address("localhost").open_to_all(keys)
        assert Address("::1").url == "http://[::1]:8000"
        for wrong in ("0.0.0.0", "::", "192.168.1.2", "shop.example"):
            with pytest.raises(UsageError, match="keys create"):
                Address(wrong).open_to_all(keys)
        keys.create("default", KeyKind.READ, datetime.now(UTC))
        assert not Address("0.0.0.0").open_to_all(keys)
        assert not Address("127.0.0.1").open_to_all(keys)
        with pytest.raises(UsageError, match="both"):
            Address(certificate=Path("a.pem"))
