"""How long a service takes to be ready over a long log, after it was stopped and after it was killed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import httpx

from benchmarks.serving import Serving, fill, say, shop, workplace

_ROWS = 10  # of each task


def measure(events: int = 10_000_000, rounds: int = 5, db: str = "") -> Iterator[tuple[str, float, str, str]]:
    """`db` names an empty database; by default a file of its own, which takes some 5 GB for ten million events."""
    with workplace() as folder:
        sold = shop(folder / "model")
        with Serving(folder, [sold.folder], db) as serving:
            say(sold.about, serving.db.partition(":")[0])
            began = perf_counter()
            fill(serving.db, sold, events // _ROWS, _ROWS)
            yield "log filled in one process, without HTTP", events / (perf_counter() - began), "1/s", "-"
            for sign, how in ((signal.SIGTERM, "stopped"), (signal.SIGKILL, "killed")):
                ready, processor, first = [], [], []
                for each in range(rounds):
                    serving.end(sign)
                    ready.append(serving.start())
                    processor.append(serving.processor_s)
                    first.append(_first_answer(serving, sold.scenario, f"t.{each}"))
                what = f"{events:,} events, {how} before"
                yield f"{what}: ready", median(ready), "s", "< 10"
                yield f"{what}: ready, slowest of {rounds}", max(ready), "s", "< 10"
                yield f"{what}: ready, processor time", median(processor), "s", "-"
                yield f"{what}: first answer about a task", 1000 * median(first), "ms", "-"


def _first_answer(serving: Serving, scenario: str, task: str) -> float:
    """Seconds. Errors: `AssertionError` where the task is not adapted to all its rows."""
    began = perf_counter()
    told = httpx.post(f"{serving.url}/v1/{scenario}/adapt", json={"task": task}, timeout=60).json()
    assert told["k"] == _ROWS, told
    return perf_counter() - began
