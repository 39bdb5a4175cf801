"""`warmstart data`: the catalogue of public data sets, fetching one, and describing a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from warmstart.cli._show import show_json, show_table
from warmstart.errors import UsageError

__all__ = ["data", "describe", "get", "listing"]

data = typer.Typer(help="List, fetch and describe data sets.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@data.callback()
def _which(context: typer.Context) -> None:
    """Ask for the second word where there is none."""
    if context.invoked_subcommand is None:
        raise UsageError("`warmstart data` what? list, get NAME or describe PATH")


@data.command("list")
def listing(as_json: Json = False) -> None:
    """Show every data set: the public ones and the folders that WARMSTART_DATA holds."""
    from warmstart.datasets import catalog

    entries = catalog.listing()
    if as_json:
        show_json(entries)
    else:
        show_table(("name", "here", "rows", "scenarios", "licence", "what"), map(_listed, entries))


@data.command()
def get(
    name: Annotated[str, typer.Argument(help="A name of `warmstart data list`.")],
    as_json: Json = False,
) -> None:
    """Fetch a data set into the cache, verify its checksum and print where it lies."""
    from warmstart.datasets import catalog
    from warmstart.datasets.fetch import fetch

    path = str(fetch(catalog.get(name)))
    if as_json:
        show_json({"name": name, "path": path})
    else:
        print(path)


@data.command()
def describe(
    path: Annotated[str, typer.Argument(help="A file, or the name of a data set that is a folder of tables.")],
    as_json: Json = False,
) -> None:
    """Show a table's columns: type, missing and different values, an example."""
    described = _described(path)
    if as_json:
        show_json(described)
        return
    for table in described:
        print(f"{table['table']}: {table['rows']:,} rows")
        show_table(("column", "type", "missing", "different", "example"), (c.values() for c in table["columns"]))


def _described(path: str) -> list[dict[str, Any]]:
    """One entry per table: of a data set if `path` is the name of one and no file, else of the file."""
    from warmstart.datasets import catalog
    from warmstart.datasets.describe import describe_frame
    from warmstart.tables.readers import read_table

    is_name = not Path(path).exists() and path in catalog.names()
    frames = catalog.frames(path) if is_name else {path: read_table(path)}
    return [{"table": name, **describe_frame(frame)} for name, frame in frames.items()]


def _listed(entry: dict[str, Any]) -> tuple[object, ...]:
    rows = f"{entry['rows']:,}" if entry["rows"] else ""
    return entry["name"], _here(entry), rows, ", ".join(entry["scenarios"]), entry["licence"], entry["summary"]


def _here(entry: dict[str, Any]) -> str:
    if entry["on_hand"]:
        return "yes"
    return f"{entry['download_bytes'] / 1e6:.1f} MB to fetch" if entry["download_bytes"] else "in WARMSTART_DATA only"
