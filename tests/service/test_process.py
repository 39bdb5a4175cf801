"""The service as a process: killed at any moment, nothing that it acknowledged is lost, and nothing counts twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Any

import httpx2

from processes import Process, Start
from warmstart.service.service import DEFAULT_TENANT, now
from warmstart.store.database import connect
from warmstart.store.keys import KeyKind, Keys
from warmstart.store.log import EventLog

ROUNDS = int(os.environ.get("WARMSTART_FAULTS", "2"))
"""`make faults` sets many."""


def event(name: str, shop: str) -> dict[str, Any]:
    """A row of a shop."""
    row = {"price": 1.0, "kind": "u", "sold": 90.0}
    return {"id": name, "kind": "interaction", "task": shop, "time": "2026-01-05T10:00:00Z", "row": row}


def test_killed_while_it_writes(start: Start, url: str) -> None:
    """Four callers write; it is killed at a random moment, again and again: what was acknowledged is there, once."""
    rng = random.Random(0)
    acknowledged: list[str] = []
    for each in range(ROUNDS):
        process, own = start(db=url), threading.local()

        def write(worker: int, each: int = each, process: Process = process, own: Any = own) -> None:
            own.client = httpx2.Client(base_url=process.client.base_url, timeout=30)
            for i in range(10**6):
                names = [f"{each}-{worker}-{i}-{j}" for j in range(3)]
                try:
                    told = own.client.post("/v1/events?scenario=demand", json=[event(n, f"s{worker}") for n in names])
                except httpx2.TransportError:
                    break
                assert told.status_code == httpx2.codes.OK, told.text
                acknowledged.extend(names)
            own.client.close()

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        sleep(rng.uniform(0.05, 1.0))
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
        for thread in threads:
            thread.join()
    process = start(db=url)
    card = process.client.post("/v1/demand/adapt", json={"task": "s0"}).json()
    assert process.end() == 0
    with closing(connect(url)) as database:
        held = [each.event.id for each in EventLog(database).since(DEFAULT_TENANT)]
        own = len(EventLog(database).of_task(DEFAULT_TENANT, "demand", "s0", most=10**6))
    assert acknowledged
    assert set(acknowledged) <= set(held)
    assert len(set(held)) == len(held)
    assert card["k"] == min(own, 1000)


def test_it_ends_when_it_is_told(start: Start) -> None:
    """SIGTERM: exit code 0; what it knew, the next one knows."""
    process = start()
    assert process.client.post("/v1/events?scenario=demand", json=event("1", "s1")).json()["new"] == 1
    assert process.end() == 0
    assert start().client.post("/v1/demand/adapt", json={"task": "s1"}).json()["k"] == 1


def test_keys(start: Start, tmp_path: Path) -> None:
    """With a key in the database every caller needs one, of the right kind; a tenant sees itself alone."""
    process = start()
    with closing(connect(str(tmp_path / "shop.db"))) as database:
        keys = Keys(database)
        read, ingest = (keys.create(DEFAULT_TENANT, kind, now()) for kind in (KeyKind.READ, KeyKind.INGEST))
        other = keys.create("other", KeyKind.ADMIN, now())
    process.end()
    client = start().client

    def status(path: str, key: str | None, body: Any = None) -> int:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return int(client.post(path, content=json.dumps(body or {}), headers=headers).status_code)

    assert client.get("/healthz").status_code == 200
    assert status("/v1/demand/adapt", None) == 401
    assert status("/v1/demand/adapt", read[:-1] + "x") == 401
    assert status("/v1/demand/adapt", read) == 200
    assert status("/v1/demand/adapt", ingest) == 403
    assert status("/v1/demand/adapt", other) == 404
    assert status("/v1/events?scenario=demand", read, event("1", "s1")) == 403
    assert status("/v1/events?scenario=demand", ingest, event("1", "s1")) == 200
    assert status("/v1/models/roll-back?scenario=demand", ingest) == 403


def test_a_host_that_others_reach_needs_a_key(tmp_path: Path) -> None:
    """It does not start, and says how."""
    program = Path(sys.executable).with_name("warmstart")
    command = [program, "serve", "--host", "0.0.0.0", "--db", "shop.db"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2
    assert "warmstart keys create" in ended.stderr
