"""A database server that crashes and is started again: answers go on meanwhile, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest

from processes import Process, Start
from warmstart.service.service import DEFAULT_TENANT
from warmstart.store.database import connect
from warmstart.store.log import EventLog

DOWN_S = 30 if "WARMSTART_FAULTS" in os.environ else 2
AWAY = httpx2.codes.SERVICE_UNAVAILABLE


class Server:
    """A PostgreSQL of our own, run by whom it lets run it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._data = programs, folder / "data"
        root = os.geteuid() == 0
        self._as = ["runuser", "-u", "postgres", "--"] if root else []
        if root:
            shutil.chown(folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "--auth=trust", "--username=postgres")
        self._how = f"-p {self.port} -h 127.0.0.1 -k {folder}"

    @property
    def url(self) -> str:
        """Of its only database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?connect_timeout=5"

    def start(self) -> None:
        """Until it answers; what a crash left is recovered first."""
        self._run("pg_ctl", "-w", "-l", str(self._data / "log"), "-o", self._how, "start")

    def crash(self) -> None:
        """Every process of it ends at once and writes nothing more."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), "-D", str(self._data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def server() -> Iterator[Server]:
    """Running."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and "CI" not in os.environ:
        pytest.skip("no server can be made here: there is no /usr/lib/postgresql/*/bin/initdb")
    with tempfile.TemporaryDirectory() as folder:
        held = Server(found[-1].parent, Path(folder))
        held.start()
        yield held
        held.crash()


def asked(process: Process, task: str) -> httpx2.Response:
    """A prediction about a shop."""
    return process.client.post("/v1/demand/predict", json={"task": task, "query": [{"price": 1.0, "kind": "u"}]})


def test_down_and_up_again(server: Server, start: Start) -> None:
    """What is in memory is answered, events are refused until it is back; all that was acknowledged is there once."""
    process, told, refused = start(db=server.url), [0] * 4, [0] * 4
    enough = threading.Event()

    def tell(worker: int) -> None:
        about: dict[str, Any] = {"kind": "interaction", "task": f"s{worker}", "time": "2026-01-05T10:00:00Z"}
        about["row"] = {"price": 1.0, "kind": "u", "sold": 90.0}
        with httpx2.Client(base_url=process.client.base_url, timeout=60) as client:
            while not enough.is_set():
                got = client.post("/v1/events?scenario=demand", json={**about, "id": f"{worker}-{told[worker]}"})
                if got.status_code == httpx2.codes.OK:
                    told[worker] += 1
                else:
                    assert got.status_code == AWAY, got.text
                    assert got.headers["retry-after"]
                    refused[worker] += 1

    threads = [threading.Thread(target=tell, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    sleep(1)
    assert asked(process, "s0").json()["fresh"]
    server.crash()
    before, until = list(told), monotonic() + DOWN_S
    while monotonic() < until:
        answer = asked(process, "s0")
        assert (answer.status_code, answer.json()["fresh"]) == (httpx2.codes.OK, False)
        assert asked(process, "never seen").status_code == AWAY
    assert all(refused)
    assert max(now - then for now, then in zip(told, before, strict=True)) <= 1
    server.start()
    until = monotonic() + 60
    while min(now - then for now, then in zip(told, before, strict=True)) < 3:
        assert monotonic() < until
        sleep(0.1)
    assert all(thread.is_alive() for thread in threads)
    enough.set()
    for thread in threads:
        thread.join()
    answer = asked(process, "s0").json()
    assert (answer["fresh"], answer["k"]) == (True, min(told[0], 1000))
    assert process.end() == 0
    with closing(connect(server.url)) as database:
        held = [each.event.id for each in EventLog(database).since(DEFAULT_TENANT)]
    assert sorted(held) == sorted(f"{worker}-{i}" for worker in range(4) for i in range(told[worker]))
