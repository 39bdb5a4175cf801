"""`MixedLoad`: everything that is asked of a service, at once, with a book of what it acknowledged; for `soak`."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import aiohttp

from benchmarks.serving import Client, RefusedError, Serving, Shop

TASKS, ROWS = 1_000, 10  # that are there before, each asked once of each version: the service starts warm
ITEMS = 5_000
PARTS = 30  # of the time: a minute each in half an hour
RATES = {"answer": 20.0, "predict": 20.0, "tell": 4.0, "recommend": 4.0, "forget": 0.2}
"""Requests a second of each kind."""
_SUPPORT = 10
_EVENTS, _AGAIN = 50, 5  # new ones of a batch, and known ones that are sent again


@dataclass
class Book:
    """What was asked, and what was acknowledged."""

    ms: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """Milliseconds by part of the time and kind of request."""
    failed: list[str] = field(default_factory=list)
    """What was not answered."""
    wrong: list[str] = field(default_factory=list)
    """What was answered otherwise than it should have been."""
    acknowledged: set[str] = field(default_factory=set)
    """Ids of events."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """Acknowledged events, some of which are sent again."""
    looks: list[tuple[float, int, int]] = field(default_factory=list)
    """MiB resident, open files and sockets at the end of each part."""


class MixedLoad:
    """The load: each kind of request at its own rate, whether or not earlier ones were answered."""

    def __init__(self, serving: Serving, http: Client, sold: Shop, other: str, growing: int) -> None:
        self.serving, self.http, self.sold, self.other, self.growing = serving, http, sold, other, growing
        self.book = Book()
        self._draw = random.Random(0)
        self._kinds: dict[str, Callable[[int], Awaitable[None]]] = {
            "answer": self._answer,
            "predict": self._predict,
            "tell": self._tell,
            "recommend": self._recommend,
            "forget": self._forget,
        }

    async def warm(self) -> None:
        """Ask about every task that is there, of each version, and for a first list."""
        for version in (self.other, self.sold.version):
            await self._post(f"/v1/models/{version}/promote", None)
            for i in range(TASKS):
                await self._predict(i)
        await self._recommend(0)

    async def run(self, seconds: float) -> None:
        """All of it."""
        part_s = seconds / PARTS
        began = perf_counter()
        await asyncio.gather(
            *(self._kind(name, began, seconds, part_s) for name in self._kinds), self._look(began, part_s)
        )

    async def _look(self, began: float, part_s: float) -> None:
        """At the end of each part; in its middle the other version is promoted, or rolled back."""
        for part in range(PARTS):
            await asyncio.sleep(max(began + (part + 0.5) * part_s - perf_counter(), 0))
            await self._noted("swap", self._swap(back=part % 2 == 1))
            await asyncio.sleep(max(began + (part + 1) * part_s - perf_counter(), 0))
            self.book.looks.append((self.serving.resident_mib, *self.serving.descriptors))

    async def _kind(self, name: str, began: float, seconds: float, part_s: float) -> None:
        running: set[asyncio.Task[None]] = set()
        for i in range(int(RATES[name] * seconds)):
            due = began + i / RATES[name]
            await asyncio.sleep(max(due - perf_counter(), 0))
            task = asyncio.create_task(self._timed(name, i, due, int((due - began) / part_s)))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    async def _timed(self, name: str, i: int, due: float, part: int) -> None:
        await self._noted(name, self._kinds[name](i))
        self.book.ms[part, name].append(1000 * (perf_counter() - due))

    async def _noted(self, name: str, request: Awaitable[None]) -> None:
        try:
            await request
        except (RefusedError, aiohttp.ClientError, TimeoutError) as error:
            self.book.failed.append(f"{name}: {(str(error).splitlines() or [type(error).__name__])[0]}")

    async def _post(self, path: str, body: Any) -> Any:
        return (await self.http.post(path, body, scenario=self.sold.scenario)).json()

    async def _swap(self, back: bool) -> None:
        told = await self._post("/v1/models/roll-back" if back else f"/v1/models/{self.other}/promote", None)
        self._expect(told["version"] == (self.sold.version if back else self.other), f"swap: {told}")

    async def _answer(self, i: int) -> None:
        await self._post(f"/v1/{self.sold.scenario}/predict", self.sold.question(i, _SUPPORT))

    async def _predict(self, i: int) -> None:
        about = {"task": f"t.{i % TASKS}", "query": self.sold.question(i, 0)["query"]}
        told = await self._post(f"/v1/{self.sold.scenario}/predict", about)
        self._expect(told["k"] >= ROWS and told["fresh"], f"predict {about['task']}: k {told['k']}")

    async def _tell(self, i: int) -> None:
        """Of new tasks, and one in `growing` of those that are asked, if any; some events for the second time."""
        grows = [self.growing > 0 and j % self.growing == 0 for j in range(_EVENTS)]
        tasks = [f"t.{(i + j) % TASKS}" if own else f"new.{i}-{j // 10}" for j, own in enumerate(grows)]
        new = [self.sold.event(f"e{i}-{j}", task, i + j) for j, task in enumerate(tasks)]
        again = self._draw.sample(self.book.sent, min(_AGAIN, len(self.book.sent)))
        told = await self._post("/v1/events", new + again)
        self._expect((told["new"], told["known"]) == (len(new), len(again)), f"tell {i}: {told}")
        self.book.acknowledged |= {each["id"] for each in new}
        self.book.sent += self._draw.sample(new, _AGAIN)

    async def _recommend(self, i: int) -> None:
        items = {"support": [{"item": str((i * 7 + j) % ITEMS)} for j in range(3)], "n": 20}
        told = (await self.http.post("/v1/recommend/recommend", items)).json()
        self._expect(len(told["items"]) == items["n"], f"recommend {i}")

    async def _forget(self, i: int) -> None:
        """Somebody comes, and leaves: nothing of them is left."""
        name = f"leaver.{i}"
        await self._post("/v1/events", [self.sold.event(f"l{i}-{j}", name, j) for j in range(3)])
        gone = (await self.http.delete(f"/v1/subjects/{name}")).json()
        card = await self._post(f"/v1/{self.sold.scenario}/adapt", {"task": name})
        self._expect((gone["events"], card["k"]) == ({self.sold.scenario: 3}, 0), f"forget {i}")

    def _expect(self, right: bool, what: str) -> None:
        if not right:
            self.book.wrong.append(what)
