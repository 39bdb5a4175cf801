"""`warmstart serve` as a process of its own, over one database."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from warmstart.engine.model import MetaModel

READY_S = 60  # on a machine that does other things too
"""A service on an idle one is ready in less than ten."""


@dataclass
class Process:
    """One `warmstart serve`."""

    folder: Path
    port: int
    db: str
    more: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        program = Path(sys.executable).with_name("warmstart")
        command = [program, "serve", "model", "--db", self.db, "--port", str(self.port)]
        self.log = (self.folder / "serve.log").open("ab")
        self.process = subprocess.Popen([*command, *self.more], cwd=self.folder, stdout=self.log, stderr=self.log)
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self.ready_s = self._wait()

    def _wait(self) -> float:
        began = monotonic()
        while monotonic() - began < READY_S:
            if self.process.poll() is not None:
                break
            try:
                if self.client.get("/readyz").status_code == httpx2.codes.OK:
                    return monotonic() - began
            except httpx2.TransportError:
                sleep(0.05)
        raise AssertionError((self.folder / "serve.log").read_text())

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(sign)
        code = self.process.wait(30)
        self.client.close()
        self.log.close()
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path, model: Callable[..., MetaModel]) -> Iterator[Start]:
    """Starts a service of an untrained model of `demand` over one database; ends what is left of it."""
    made = model("number")
    replace(made, info={"scenario": "demand"}).save(tmp_path / "model")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running: list[Process] = []

    def begin(*more: str, db: str = "shop.db") -> Process:
        running.append(Process(tmp_path, port, db, more))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)
