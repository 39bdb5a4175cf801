"""`Serving`: a `warmstart serve` in a process of its own, what it serves, and the load that asks it.

Shared by the benchmarks of the service: `load`, `catalogue_service`, `memory`, `restart` and `soak`. Load and service
run on one machine and share its cores, so that a figure is what both together leave of them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import aiohttp
import httpx
import numpy as np
import polars as pl

import warmstart as ws
from warmstart.datasets.catalog import get
from warmstart.datasets.places import data_folder
from warmstart.engine.model import MetaModel
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.service.service import DEFAULT_TENANT
from warmstart.store.database import connect
from warmstart.store.event import Interaction
from warmstart.store.log import EventLog, Request
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.taskset import TaskSet

_CARS = "uk-used-car-prices"
_STEPS = 200  # of training: what is measured does not depend on how good the model is
_READY_S = 600
_AT_ONCE = 5_000  # events of one commit, where the log is filled without the service
_SUM = 50_000  # numbers: about a millisecond
_IDLE_S = 5.0  # of a connection that is used again; the service closes it after ten
HAPPENED = "2026-01-05T10:00:00Z"


class RefusedError(Exception):
    """An answer that is none."""


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float

    def json(self) -> Any:
        """What an answer says. Errors: `RefusedError`, with its text."""
        if self.status != HTTPStatus.OK:
            raise RefusedError(f"{self.status}: {self.body.decode()}")
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks the service, over as many connections as there are requests at once."""

    session: aiohttp.ClientSession

    async def post(self, path: str, body: Any = None, **params: str) -> Answered:
        """Errors: `aiohttp.ClientError`, `TimeoutError`."""
        return await _answered(self.session.post(path, params=params, json=body))

    async def delete(self, path: str) -> Answered:
        """Errors: as of `post`."""
        return await _answered(self.session.delete(path))


async def _answered(asked: Any) -> Answered:
    async with asked as response:
        return Answered(response.status, await response.read(), float(response.headers.get("retry-after", 0)))


Ask = Callable[[int], Awaitable[Answered]]


@dataclass(frozen=True)
class Shop:
    """A model in a folder, and rows to tell it and to ask it about, as JSON carries them."""

    scenario: str
    about: str
    folder: Path
    version: str
    told: list[dict[str, Any]]
    asked: list[dict[str, Any]]

    def event(self, name: str, task: str, i: int) -> dict[str, Any]:
        """The i-th row as an event."""
        row = self.told[i % len(self.told)]
        return {"id": name, "kind": "interaction", "task": task, "time": HAPPENED, "row": row}

    def question(self, i: int, support: int) -> dict[str, Any]:
        """So many rows to adapt to, and one to answer."""
        rows = [self.told[(i + j) % len(self.told)] for j in range(support)]
        return {"support": rows, "query": [self.asked[(i + support) % len(self.asked)]]}


def shop(folder: Path, learner: str = "bayes_head", seed: int = 0) -> Shop:
    """Prices of used cars where `WARMSTART_DATA` has them, else sales of simulated stores; trained for a moment."""
    data = data_folder()
    if data is not None and (data / get(_CARS).folder).is_dir():
        return _shop(folder, "price", _CARS, learner, seed)
    return _simulated(folder, learner, seed)


def _shop(folder: Path, name: str, data: str, learner: str, seed: int) -> Shop:
    problem = load_problem(scenario(name), data)
    tasks = TaskSet.of(problem.table)
    made = scenario(name).contest(problem.likelihood).make(learner)
    model = ws.meta_train(tasks, made, settings=replace(problem.settings, seed=seed), steps=_STEPS)
    return _saved(model, name, f"{name} of {data}, {learner} after {_STEPS} steps", problem.table.frame, folder)


def _simulated(folder: Path, learner: str, seed: int) -> Shop:
    rng = np.random.default_rng(0)
    store = np.repeat(np.arange(200), 20)
    price = rng.uniform(1, 3, store.size)
    sold = 20 + rng.normal(0, 4, 200)[store] - 3 * price + rng.normal(0, 0.5, store.size)
    frame = pl.DataFrame({"store": store, "price": price, "sold": sold})
    columns = (Column("store", Role.TASK, Kind.CATEGORY), Column("price", Role.FEATURE), Column("sold", Role.TARGET))
    made = scenario("table").contest("gaussian").make(learner)
    model = ws.meta_train(TaskSet.from_table(frame, Schema(columns)), made, steps=_STEPS, seed=seed)
    return _saved(model, "table", f"sales of 200 simulated stores, {learner} after {_STEPS} steps", frame, folder)


def _saved(model: MetaModel, name: str, about: str, frame: pl.DataFrame, folder: Path) -> Shop:
    saved = replace(model, info={**model.info, "scenario": name}).save(folder)
    described = [column.name for column in model.schema.having(Role.DESCRIPTOR)]
    rows = frame.sample(min(2_000, frame.height), seed=0, shuffle=True)
    told = rows.select(*model.told, *(each for each in described if each not in model.told)).to_dicts()
    return Shop(name, about, folder, saved.version, told, rows.select(model.asked).to_dicts())


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="warmstart-bench-") as folder:
        yield Path(folder)


class Serving:
    """`warmstart serve` over a database; ends with the block. Errors: `RuntimeError` with the log of one that ended."""

    def __init__(self, folder: Path, models: list[Path], db: str = "") -> None:
        self.db = db or f"sqlite:///{folder / 'warmstart.db'}"
        self._log = folder / "serve.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        program = Path(sys.executable).with_name("warmstart")
        self._command = [program, "serve", *models, "--db", self.db, "--port", str(self._port)]
        self._environment = {**os.environ, "WARMSTART_CACHE": str(folder / "cache")}
        self.start()

    def start(self) -> float:
        """Seconds until it is ready."""
        began = perf_counter()
        with self._log.open("ab") as log:
            command = [str(word) for word in self._command]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        with httpx.Client(base_url=self.url) as client:
            while perf_counter() - began < _READY_S and self.process.poll() is None:
                with suppress(httpx.TransportError):  # it does not listen yet
                    if client.get("/readyz").status_code == httpx.codes.OK:
                        return perf_counter() - began
                sleep(0.02)
        raise RuntimeError(self._log.read_text()[-2_000:])

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(sign)
        return self.process.wait(60)

    @property
    def resident_mib(self) -> float:
        """Memory of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def processor_s(self) -> float:
        """Processor time that the process has taken."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self) -> tuple[int, int]:
        """Open files, and sockets: those of the load among them."""
        kinds = [_behind(each) for each in Path(f"/proc/{self.process.pid}/fd").iterdir()]
        sockets = sum(kind.startswith("socket:") for kind in kinds)
        return len(kinds) - sockets, sockets

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


def _behind(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:  # closed since it was listed
        return "socket:"


def fill(db: str, shop: Shop, tasks: int, rows: int) -> None:
    """Write so many rows of so many tasks `t.0`, `t.1` … into the log as the service would, but for HTTP."""
    now, when = datetime.now(UTC), datetime.fromisoformat(HAPPENED)
    with closing(connect(db)) as database:
        log = EventLog(database)
        for start in range(0, tasks * rows, _AT_ONCE):
            events = [
                Interaction.model_construct(
                    id=f"f{i}",
                    kind="interaction",
                    task=f"t.{i // rows}",
                    time=when,
                    person=None,
                    row=shop.told[i % len(shop.told)],
                )
                for i in range(start, min(start + _AT_ONCE, tasks * rows))
            ]
            log.append(Request(DEFAULT_TENANT, shop.scenario, events, now))


@dataclass
class Answers:
    """Milliseconds of each request from when it should have left, and how many were not answered."""

    ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    """By how much each left late: where this is much, the load was slow and not the service."""
    failed: int = 0
    seconds: float = 0.0

    def rows(self, what: str, most_ms: str) -> Iterator[tuple[str, float, str, str]]:
        """What a benchmark tells of it; `most_ms` is the floor of the 99th percentile."""
        for at, floor in ((0.5, "-"), (0.95, "-"), (0.99, most_ms)):
            yield f"{what}: p{100 * at:.0f}", float(np.quantile(self.ms, at)), "ms", floor
        yield f"{what}: left late, p99", float(np.quantile(self.late_ms, 0.99)), "ms", "-"
        yield f"{what}: asked", len(self.ms) / self.seconds, "1/s", "-"
        yield f"{what}: not answered", self.failed, "", "0"


async def at_rate(ask: Ask, rate: float, seconds: float) -> Answers:
    """Ask at this rate, whether or not earlier requests were answered (open loop), so that a queue is seen.

    Sources: coordinated omission (Tene 2015).
    """
    told = Answers()

    async def one(i: int, due: float) -> None:
        told.late_ms.append(1000 * (perf_counter() - due))
        try:
            answered = await ask(i)
            told.failed += answered.status != HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            told.failed += 1
        told.ms.append(1000 * (perf_counter() - due))

    gc.collect()
    gc.freeze()  # looking through what the load has imported would stop it for a tenth of a second, not the service
    began = perf_counter()
    running = []
    for i in range(int(rate * seconds)):
        due = began + i / rate
        await asyncio.sleep(max(due - perf_counter(), 0))
        running.append(asyncio.create_task(one(i, due)))
    await asyncio.gather(*running)
    told.seconds = perf_counter() - began
    return told


def alone(rate: float, seconds: float = 10.0) -> Iterator[tuple[str, float, str, str]]:
    """What the machine makes of a sum at this rate when nothing else runs: what takes as long has no better p99."""
    taken, began = [], perf_counter()
    for i in range(int(rate * seconds)):
        due = began + i / rate
        sleep(max(due - perf_counter(), 0))
        sum(range(_SUM))
        taken.append(1000 * (perf_counter() - due))
    for at in (0.5, 0.99):
        yield f"the machine alone, a sum {rate:g}/s: p{100 * at:.0f}", float(np.quantile(taken, at)), "ms", "-"


async def by_callers(ask: Ask, count: int, callers: int) -> float:
    """Ask so many times by callers that wait for each answer (closed loop), 429 being asked again; seconds."""
    left = iter(range(count))

    async def caller() -> None:
        for i in left:
            answered = await ask(i)
            while answered.status == HTTPStatus.TOO_MANY_REQUESTS:
                await asyncio.sleep(answered.retry_after_s / 10)
                answered = await ask(i)
            answered.json()

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return perf_counter() - began


@asynccontextmanager
async def client(serving: Serving) -> AsyncIterator[Client]:
    """aiohttp: it takes much less time than httpx, and the cores are the service's too."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S)
    timeout = aiohttp.ClientTimeout(60)
    async with aiohttp.ClientSession(serving.url, connector=connector, timeout=timeout) as session:
        yield Client(session)


def say(*about: str) -> None:
    """What is served, and on how many cores."""
    print(f"{'; '.join(about)}; service and load share {len(os.sched_getaffinity(0))} cores")
