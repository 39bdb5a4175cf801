"""Memory of the service by the number of tasks that it has adapted to their events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np

from benchmarks.serving import Answered, Serving, by_callers, client, fill, say, shop, workplace

_CALLERS = 8
_LOOKS = 20
_MILLION = 1_000_000


def measure(tasks: int = 100_000, rows: int = 10, learner: str = "bayes_head") -> Iterator[tuple[str, float, str, str]]:
    """Each task is asked once. The figure of a million is a straight line through the second half of the looks.

    It is drawn beyond what was measured, and is too high where the service stops to hold more in memory only later.
    """
    with workplace() as folder:
        sold = shop(folder / "model", learner)
        with Serving(folder, [sold.folder]) as serving:
            say(sold.about, f"{tasks:,} tasks of {rows} rows")
            fill(serving.db, sold, tasks, rows)
            looks, counted, rate = asyncio.run(_asked(serving, sold.scenario, tasks))
    slope, _ = np.polyfit(*looks[_LOOKS // 2 :].T, 1)
    beyond = looks[-1, 1] + slope * (_MILLION - tasks)
    yield "resident before the first task", looks[0, 1] / 2**10, "GiB", "-"
    yield f"resident after {tasks:,} tasks", looks[-1, 1] / 2**10, "GiB", "-"
    yield f"a task, of the first {tasks:,}", 1024 * (looks[-1, 1] - looks[0, 1]) / tasks, "KiB", "-"
    yield "a task, of the second half of them", 1024 * slope, "KiB", "-"
    yield "a task, as the service counts it", counted, "KiB", "-"
    yield "resident after 1,000,000 tasks, extrapolated", beyond / 2**10, "GiB", "<= 0.8"
    yield f"adapted to {rows} rows of the log, {_CALLERS} callers", rate, "1/s", "-"


async def _asked(serving: Serving, scenario: str, tasks: int) -> tuple[np.ndarray, float, float]:
    """float64[looks, 2]: tasks asked, and MiB resident; KiB that the service counts for a task; tasks a second."""
    looks, seconds = [(0.0, serving.resident_mib)], 0.0
    async with client(serving) as http:
        for part in np.array_split(np.arange(tasks), _LOOKS):

            async def ask(i: int, start: int = int(part[0])) -> Answered:
                return await http.post(f"/v1/{scenario}/adapt", {"task": f"t.{start + i}"})

            seconds += await by_callers(ask, len(part), _CALLERS)
            looks.append((float(part[-1] + 1), serving.resident_mib))
        counted = (await http.post(f"/v1/{scenario}/adapt", {"task": "t.0"})).json()["bytes"] / 1024
    return np.array(looks), counted, tasks / seconds
