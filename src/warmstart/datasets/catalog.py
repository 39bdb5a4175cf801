"""The catalogue: every source by name. Any `Source` in a public module of this package is in it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import polars as pl

from warmstart import datasets
from warmstart.datasets.fetch import Download, fetch, locate
from warmstart.datasets.files import open_files
from warmstart.datasets.folder_source import folder_source, raw_frames
from warmstart.datasets.pip_download import pip_download
from warmstart.datasets.places import data_folder
from warmstart.datasets.source import Source
from warmstart.errors import DataError, NotFound, UsageError
from warmstart.tables.table import Table

__all__ = ["frames", "get", "listing", "load", "names"]


def names() -> tuple[str, ...]:
    """Names of all data sets: the public ones, and the folders in the user's data folder."""
    return tuple(_sources())


def get(name: str) -> Source:
    """The source of this name.

    Errors: `NotFound`, offering the nearest names.
    """
    sources = _sources()
    if name not in sources:
        raise NotFound("data set", name, sources)
    return sources[name]


def load(name: str, scenario: str, *, download: Download = pip_download) -> Table:
    """The table of a data set for a scenario, fetched first where it is not on this machine.

    Errors: `NotFound` for an unknown name, `UsageError` where the data set has no table for the scenario, `DataError`
    for a folder whose files are others than those published, and those of `fetch`.
    """
    source = get(name)
    if scenario not in source.tables:
        offered = ", ".join(sorted(source.tables)) or "none yet: describe its columns in a TOML (warmstart init)"
        raise UsageError(f"data set {name!r} has no table for scenario {scenario!r}; it has {offered}")
    files = open_files(fetch(source, download=download))
    try:
        return source.tables[scenario](files)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{files.place} is not as {name!r} was published: {str(error).splitlines()[0]}") from error


def frames(name: str) -> dict[str, pl.DataFrame]:
    """The tables of a folder as they lie, by file name.

    Errors: `NotFound`, `NotReady`, and `UsageError` for a source that is no folder.
    """
    source = get(name)
    if source.folder is None:
        raise UsageError(f"data set {name!r} is no folder of tables; load it for {', '.join(sorted(source.tables))}")
    return raw_frames(open_files(fetch(source)))


def listing() -> list[dict[str, object]]:
    """One entry per data set: name, summary, licence, rows, task keys, scenarios, and whether it is on this machine."""
    return [
        {
            "name": source.name,
            "summary": source.summary,
            "rows": source.rows,
            "task_keys": list(source.task_keys),
            "scenarios": sorted(source.tables),
            "licence": source.licence,
            "origin": source.origin,
            "download_bytes": source.wheel.size_bytes if source.wheel else None,
            "on_hand": locate(source) is not None,
        }
        for source in _sources().values()
    ]


def _sources() -> dict[str, Source]:
    """All sources, sorted by name; a folder that a module describes is that module's."""
    public = _public()
    described = {source.folder for source in public.values()}
    data = data_folder()
    folders = [path for path in data.iterdir() if path.is_dir() and path.name[0] != "."] if data else []
    own = {source.name: source for source in map(folder_source, folders) if source.folder not in described}
    return dict(sorted({**own, **public}.items()))


@cache
def _public() -> Mapping[str, Source]:
    modules = (import_module(f"{datasets.__name__}.{found.name}") for found in pkgutil.iter_modules(datasets.__path__))
    found = (value for module in modules for value in vars(module).values())
    return {source.name: source for source in found if isinstance(source, Source)}
