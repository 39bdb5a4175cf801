"""Mixed load for half an hour: whether memory, open files and latency stay the same, and nothing is lost or twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from scipy.stats import linregress

from benchmarks.catalogue import random_shop
from benchmarks.mixed_load import ITEMS, PARTS, RATES, ROWS, TASKS, Book, MixedLoad
from benchmarks.serving import Serving, Shop, client, fill, say, shop, workplace
from warmstart.service.service import DEFAULT_TENANT
from warmstart.store.database import connect
from warmstart.store.log import EventLog

_LEFT = 0.1  # share of the time, at the beginning, that no line is drawn through
_FLAT = 5.0  # per cent of the median that a line may rise or fall by over the whole time
_JUDGED = ("resident_mib", "open_files", "sockets", "p50_ms", "p99_ms")


def measure(
    minutes: float = 30.0, out: str = "", db: str = "", growing: int = 10
) -> Iterator[tuple[str, float, str, str]]:
    """One event in `growing` is of a task that is asked, none with 0: such tasks grow, and memory with them.

    The table by part of the time is printed, and with `out` kept: OUT.csv and a picture OUT.png.
    """
    with workplace() as folder:
        sold, other = shop(folder / "one"), shop(folder / "other", seed=1)
        model, _ = random_shop(ITEMS, 2_000)
        replace(model, info={"scenario": "recommend"}).save(folder / "lists")
        with Serving(folder, [sold.folder, other.folder, folder / "lists"], db) as serving:
            rates = ", ".join(f"{name} {rate:g}" for name, rate in RATES.items())
            say(sold.about, serving.db.partition(":")[0], f"requests a second: {rates}")
            fill(serving.db, sold, TASKS, ROWS)
            book = asyncio.run(_soaked(serving, sold, other.version, 60 * minutes, growing))
            code = serving.end()
            held = _held(serving.db)
    parts = _parts(book, minutes)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(parts)
    if out:
        parts.write_csv(f"{out}.csv")
        _draw(parts, Path(f"{out}.png"))
    yield from _trends(parts)
    for what in (*book.failed[:5], *book.wrong[:5]):
        print(f"for example {what}")
    yield "requests", sum(map(len, book.ms.values())), "", "-"
    yield "requests not answered", len(book.failed), "", "0"
    yield "requests answered wrongly", len(book.wrong), "", "0"
    yield "events acknowledged", len(book.acknowledged), "", "-"
    yield "acknowledged events that are not in the log", len(book.acknowledged - set(held)), "", "0"
    yield "events that are in the log twice", len(held) - len(set(held)), "", "0"
    yield "exit code when it was told to stop", code, "", "0"


async def _soaked(serving: Serving, sold: Shop, other: str, seconds: float, growing: int) -> Book:
    async with client(serving) as http:
        load = MixedLoad(serving, http, sold, other, growing)
        await load.warm()
        await load.run(seconds)
    return load.book


def _held(db: str) -> list[str]:
    """Ids of all events of the log, one for each time that it is there."""
    with closing(connect(db)) as database:
        return [each.event.id for each in EventLog(database).since(DEFAULT_TENANT)]


def _parts(book: Book, minutes: float) -> pl.DataFrame:
    """A line for each part of the time."""
    rows = []
    for part, (resident, files, sockets) in enumerate(book.looks):
        own = {name: book.ms[part, name] for name in RATES}
        every = np.array([ms for each in own.values() for ms in each])
        rows.append(
            {
                "minute": round((part + 1) * minutes / PARTS, 2),
                "resident_mib": round(resident, 1),
                "open_files": files,
                "sockets": sockets,
                "p50_ms": round(float(np.quantile(every, 0.5)), 2),
                "p99_ms": round(float(np.quantile(every, 0.99)), 2),
                **{f"{name}_ms": round(float(np.median(ms)), 2) if ms else None for name, ms in own.items()},
            }
        )
    return pl.DataFrame(rows)


def _trends(parts: pl.DataFrame) -> Iterator[tuple[str, float, str, str]]:
    """By how much a straight line rises from beginning to end, in per cent of the median, with its 95 % bounds."""
    late = parts.tail(round((1 - _LEFT) * parts.height))
    minute = late["minute"].to_numpy()
    for name in _JUDGED:
        values = late[name].to_numpy()
        line = linregress(minute, values)
        scale = 100 * float(np.ptp(minute) / np.median(values))
        rise, error = line.slope * scale, 1.96 * float(np.nan_to_num(line.stderr)) * scale  # nan: it never changed
        flat = "flat" if abs(rise) <= _FLAT or abs(rise) <= error else "not flat"
        print(f"{name}: {flat}: {rise:+.1f} ± {error:.1f} % over the time judged")
        yield f"{name}: rise over the time judged", rise, "%", f"within ±{_FLAT:g}, or ±{error:.2g} by chance"


def _draw(parts: pl.DataFrame, file: Path) -> None:
    """Memory, files and latency, one below the other."""
    figure, axes = plt.subplots(3, 1, sharex=True, figsize=(7, 7), layout="constrained")
    for axis, names, label in zip(
        axes,
        (("resident_mib",), ("open_files", "sockets"), ("p50_ms", "p99_ms")),
        ("resident, MiB", "open", "latency, ms"),
        strict=True,
    ):
        for name in names:
            axis.plot(parts["minute"], parts[name], marker=".", label=name.removesuffix("_ms").replace("_", " "))
        axis.set(ylabel=label)
        axis.set_ylim(bottom=0, top=1.1 * axis.get_ylim()[1])
        axis.legend()
    axes[-1].set_xlabel("minutes")
    figure.savefig(file, dpi=150)
    plt.close(figure)
