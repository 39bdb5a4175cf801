"""From a table to tasks: Ta-Feng's CSV, and five million rows of half a million tasks, each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

_TA_FENG = """
from warmstart.datasets.catalog import load
from warmstart.tasks.taskset import TaskSet
tasks = TaskSet.of(load("ta-feng", "recommend"))
"""
_LARGE = """
import numpy as np, polars as pl
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.taskset import TaskSet
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import draw
rng = np.random.default_rng(0)
n, t = 5_000_000, 500_000
frame = pl.DataFrame({
    "task": pl.Series(rng.integers(0, t, n)).cast(pl.String), "time": rng.integers(0, 10**6, n),
    "a": rng.normal(size=n), "b": pl.Series(rng.integers(0, 1000, n)).cast(pl.String), "y": rng.normal(size=n),
})
schema = Schema((
    Column("task", Role.TASK, Kind.CATEGORY), Column("time", Role.TIME), Column("y", Role.TARGET),
    Column("a", Role.FEATURE), Column("b", Role.FEATURE, Kind.CATEGORY),
))
started = time.perf_counter()
tasks = TaskSet.from_table(frame, schema)
arrays = TaskCodec.fit(tasks).encode(tasks)
print("built", time.perf_counter() - started)
started = time.perf_counter()
draw(arrays, "time", np.random.default_rng(1), shots=20, queries=20)
"""
_WRAP = """
import resource, time
started = time.perf_counter()
{}
print("seconds", time.perf_counter() - started)
print("gib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def measure() -> Iterator[tuple[str, float, str, str]]:
    """Each in a fresh process; fetching Ta-Feng is not counted when it is cached."""
    found = _run(_TA_FENG)
    yield "Ta-Feng CSV to TaskSet", found["seconds"], "s", "< 6"
    yield "Ta-Feng CSV to TaskSet, peak memory", found["gib"], "GiB", "< 1.5"
    found = _run(_LARGE)
    yield "5 M rows, 500k tasks: TaskSet, encoders fitted, encoded", found["built"], "s", "< 60"
    yield "one episode from each of 500k tasks", found["seconds"], "s", "-"
    yield "5 M rows, 500k tasks: peak memory", found["gib"], "GiB", "-"


def _run(code: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", _WRAP.format(code)], check=True, capture_output=True, text=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.splitlines())}
