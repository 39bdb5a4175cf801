"""Load on the service: adapt and answer in one request at a rate that does not wait, and durable events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from time import perf_counter
from typing import Any
from uuid import uuid4

from benchmarks.serving import Answered, Answers, Client, Serving, Shop, alone, at_rate, client, say, shop, workplace

_FIRST = 50  # requests that warm it up
_CALLERS = 8


def measure(
    rate: float = 200.0,
    seconds: float = 30.0,
    support: int = 10,
    batch: int = 500,
    learner: str = "bayes_head",
    db: str = "",
    services: int = 1,
) -> Iterator[tuple[str, float, str, str]]:
    """`db` names an empty database, by default a file of its own; `services` over it are asked by turns."""
    yield from alone(rate)
    with workplace() as folder, ExitStack() as running:
        sold = shop(folder / "model", learner)
        serving = [running.enter_context(Serving(folder, [sold.folder], db)) for _ in range(services)]
        say(sold.about, serving[0].db.partition(":")[0], f"services: {services}")
        answers, events = asyncio.run(_asked(serving, sold, rate, seconds, support, batch))
    what = f"adapt to {support} rows and answer, {rate:g}/s"
    yield from answers.rows(what, "< 30")
    yield f"durable events, {_CALLERS} callers, batches of {batch}", events, "1/s", ">= 3,000"


async def _asked(
    serving: Sequence[Serving], sold: Shop, rate: float, seconds: float, support: int, batch: int
) -> tuple[Answers, float]:
    async with AsyncExitStack() as opened:
        clients = [await opened.enter_async_context(client(each)) for each in serving]

        async def ask(i: int) -> Answered:
            http = clients[i % len(clients)]
            return await http.post(f"/v1/{sold.scenario}/predict", sold.question(i, support))

        for i in range(_FIRST * len(clients)):
            (await ask(i)).json()
        return await at_rate(ask, rate, seconds), await _told(clients, sold, batch, seconds)


async def _told(clients: Sequence[Client], sold: Shop, batch: int, seconds: float) -> float:
    """Acknowledged events a second of callers that each wait for their acknowledgement."""
    until, told = perf_counter() + seconds, 0

    async def caller(number: int) -> None:
        nonlocal told
        i = 0
        while perf_counter() < until:
            events: list[dict[str, Any]] = [
                sold.event(uuid4().hex, f"{number}.{i}-{j // 10}", i + j) for j in range(batch)
            ]
            answered = await clients[number % len(clients)].post("/v1/events", events, scenario=sold.scenario)
            told += answered.json()["new"]  # beside `await`, `told` would be what it was before
            i += 1

    began = perf_counter()
    await asyncio.gather(*(caller(number) for number in range(_CALLERS)))
    return told / (perf_counter() - began)
