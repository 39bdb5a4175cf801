"""`warmstart doctor`: what this machine offers and what is missing, with the line that installs it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from warmstart._version import __version__
from warmstart.cli._show import show_json, show_table
from warmstart.errors import NotReady, WarmstartError

__all__ = ["Check", "diagnose", "doctor", "look_into"]

PACKAGES = {
    "core": (
        "jax",
        "optax",
        "numpy",
        "scipy",
        "polars",
        "pyarrow",
        "narwhals",
        "pydantic",
        "safetensors",
        "matplotlib",
    ),
    "boost": ("lightgbm", "scikit-learn", "implicit"),
    "text": ("rjieba",),
    "calendar": ("holidays",),
    "ray": ("ray",),
    "service": ("apsw", "fastapi", "granian", "httpx", "prometheus-client", "psycopg", "river", "structlog"),
}
"""Distributions by the extra that brings them."""

_FEWEST_GIB = 1.0


@dataclass(frozen=True)
class Check:
    """One thing looked at. `needed` tells whether warmstart can work without it."""

    name: str
    ok: bool
    needed: bool
    found: str


def doctor(
    db: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Look into this database of the service, too.", envvar="WARMSTART_DB"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show versions, memory, folders, the JAX device, and a service's database. Exit code 4 if something is missing."""
    checks = [*diagnose(), *(look_into(db) if db else ())]
    missing = [c.name for c in checks if c.needed and not c.ok]
    if as_json:
        show_json({"ok": not missing, "checks": [asdict(c) for c in checks]})
    else:
        show_table(("", "what", "found"), (("ok" if c.ok else "--", c.name, c.found) for c in checks))
    if missing:
        raise NotReady(f"missing: {', '.join(missing)}")


def diagnose() -> Iterator[Check]:
    """Every check, in the order in which it is shown."""
    yield Check("warmstart", True, True, __version__)
    yield Check("python", True, True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Check("cores", True, True, str(os.cpu_count()))
    yield _memory()
    for extra, packages in PACKAGES.items():
        yield from (_package(name, extra) for name in packages)
    yield _device()
    yield _cache()
    yield _data()


def look_into(url: str) -> Iterator[Check]:
    """What a service's database holds; no table is made. The URL is not shown: it may hold a password."""
    from contextlib import closing

    from warmstart.datasets.places import cache_folder

    try:
        from warmstart.store.database import connect, file_of
        from warmstart.store.survey import survey

        file = file_of(url)
        yield _disk((cache_folder() if file is None else file.parent).absolute())
        with closing(connect(url, make=False)) as database:
            held = survey(database)
    except WarmstartError as error:
        yield Check("database", False, True, str(error).partition("\n")[0])
        return
    except ImportError as error:
        yield Check("database", False, True, f"needs the package {error.name}: pip install 'warmstart[service]'")
        return
    yield Check("database", True, True, f"answers, tables of version {held.version}")
    yield Check("events", True, False, f"{held.events:,}")
    models = f"{held.models:,}" if held.models else "none: `warmstart serve MODEL` keeps one"
    yield Check("models", held.models > 0, False, models)
    whole = f"damaged: {', '.join(held.damaged)}; restore a backup, or publish another" if held.damaged else "all"
    yield Check("whole models", not held.damaged, True, whole)
    yield Check("states", True, False, f"{held.states:,}")
    keys = f"{held.keys:,} valid" if held.keys else "none: only this machine is answered; `warmstart keys create`"
    yield Check("keys", held.keys > 0, False, keys)


def _memory() -> Check:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not every platform tells
        return Check("memory", False, False, "not told by this platform")
    return Check("memory", True, False, f"{total / 2**30:.1f} GiB")


def _package(name: str, extra: str) -> Check:
    needed = extra == "core"
    try:
        return Check(name, True, needed, version(name))
    except PackageNotFoundError:
        line = "pip install warmstart" if needed else f"pip install 'warmstart[{extra}]'"
        return Check(name, False, needed, f"not installed: {line}")


def _device() -> Check:
    try:
        import jax

        return Check("jax device", True, True, ", ".join(str(device) for device in jax.devices()))
    except (ImportError, RuntimeError) as error:
        return Check("jax device", False, True, str(error))


def _cache() -> Check:
    from warmstart.datasets.places import cache_folder

    folder = cache_folder()
    there = _there(folder)
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    how = "" if writable else f"; {there} is not a writable folder: name another in WARMSTART_CACHE"
    return Check("cache folder", writable, True, f"{folder}{how}")


def _disk(folder: Path) -> Check:
    there = _there(folder)
    free = shutil.disk_usage(there).free / 2**30
    return Check("free disk", free >= _FEWEST_GIB, False, f"{free:.1f} GiB at {there}")


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _data() -> Check:
    from warmstart.datasets.places import data_folder

    folder = data_folder()
    return Check("data folder", folder is not None, False, str(folder or "WARMSTART_DATA names no folder"))
