"""`warmstart doctor`: what this machine offers and what is missing, with the line that installs it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from warmstart._version import __version__
from warmstart.cli._show import show_json, show_table
from warmstart.errors import NotReady

__all__ = ["Check", "diagnose", "doctor"]

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
    "service": ("apsw", "fastapi", "granian", "httpx", "prometheus-client", "psycopg", "river", "structlog"),
}
"""Distributions by the extra that brings them."""


@dataclass(frozen=True)
class Check:
    """One thing looked at. `needed` tells whether warmstart can work without it."""

    name: str
    ok: bool
    needed: bool
    found: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show versions, cores, memory, folders, data and the JAX device. Exit code 4 if something needed is missing."""
    checks = list(diagnose())
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
    there = next(path for path in (folder, *folder.parents) if path.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    how = "" if writable else f"; {there} is not a writable folder: name another in WARMSTART_CACHE"
    return Check("cache folder", writable, True, f"{folder}{how}")


def _data() -> Check:
    from warmstart.datasets.places import data_folder

    folder = data_folder()
    return Check("data folder", folder is not None, False, str(folder or "WARMSTART_DATA names no folder"))
