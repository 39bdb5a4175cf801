"""Load on a service that runs: `python -m benchmarks.load URL SCENARIO --rows FILE [--rate 200] [--seconds 30]`.

Requests leave at their own times, whether or not earlier ones were answered (open loop), so that a queue is seen; the
time of one counts from when it should have left. Sources: coordinated omission (Tene 2015).
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

Ask = Callable[[int], Awaitable[httpx.Response]]


async def answers(ask: Ask, rate: float, seconds: float) -> dict[str, float]:
    """Ask at this rate; milliseconds at quantiles, and how many were refused."""
    taken: list[float] = []
    failed = 0

    async def one(i: int, due: float) -> None:
        nonlocal failed
        response = await ask(i)
        failed += response.status_code != httpx.codes.OK
        taken.append(1000 * (perf_counter() - due))

    began = perf_counter()
    tasks = []
    for i in range(int(rate * seconds)):
        due = began + i / rate
        await asyncio.sleep(max(due - perf_counter(), 0))
        tasks.append(asyncio.create_task(one(i, due)))
    await asyncio.gather(*tasks)
    told = dict(zip(("p50_ms", "p95_ms", "p99_ms"), np.quantile(taken, [0.5, 0.95, 0.99]).tolist(), strict=True))
    return {"asked": len(taken), "failed": failed, "per_s": len(taken) / (perf_counter() - began), **told}


async def ingest(
    client: httpx.AsyncClient, scenario: str, rows: list[Any], batch: int, seconds: float
) -> dict[str, float]:
    """Events of eight callers, each waiting for its acknowledgement: durable events a second."""
    until = perf_counter() + seconds
    told = 0

    async def caller(number: int) -> None:
        nonlocal told
        i = 0
        while perf_counter() < until:
            events = [
                {
                    "id": uuid4().hex,
                    "kind": "interaction",
                    "task": f"load {number}-{i}-{j // 10}",
                    "time": "2026-01-05T10:00:00Z",
                    "row": rows[(i + j) % len(rows)],
                }
                for j in range(batch)
            ]
            response = await client.post("/v1/events", params={"scenario": scenario}, json=events)
            response.raise_for_status()
            told += response.json()["new"]
            i += 1

    began = perf_counter()
    await asyncio.gather(*(caller(number) for number in range(8)))
    return {"events": told, "per_s": told / (perf_counter() - began)}


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    rows = [json.loads(line) for line in Path(arguments.rows).read_text().splitlines()]
    async with httpx.AsyncClient(base_url=arguments.url, timeout=60) as client:
        path = f"/v1/{arguments.scenario}/{arguments.verb}"

        async def ask(i: int) -> httpx.Response:
            some = [rows[(i + j) % len(rows)] for j in range(arguments.support + 1)]
            body: dict[str, Any] = {"support": some[:-1]}
            if arguments.verb == "predict":
                body["query"] = some[-1:]
            else:
                body["n"] = 20
            return await client.post(path, json=body)

        for i in range(20):
            (await ask(i)).raise_for_status()
        found: dict[str, Any] = {arguments.verb: await answers(ask, arguments.rate, arguments.seconds)}
        if arguments.ingest:
            found["ingest"] = await ingest(client, arguments.scenario, rows, arguments.ingest, arguments.seconds)
    return found


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("scenario")
    parser.add_argument("--rows", required=True, help="JSON lines: support rows of the scenario")
    parser.add_argument("--verb", default="predict", choices=("predict", "recommend"))
    parser.add_argument("--support", type=int, default=10)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--ingest", type=int, default=0, help="events in a batch; 0 asks alone")
    print(json.dumps(asyncio.run(measure(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
