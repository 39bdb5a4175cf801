"""`warmstart init`: a first TOML for a user's tables, guessed, with every default written and commented."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._outputs import check_file
from warmstart.cli._show import show_json, show_table
from warmstart.errors import Conflict, UsageError

__all__ = ["init"]


def init(
    scenario: Annotated[str, typer.Argument(help="A name of `warmstart scenarios`.")],
    tables: Annotated[list[str], typer.Argument(metavar="TABLE…", help="Files; the first holds the rows.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The TOML to write.")],
    task: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Task columns, by commas, where you know better.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The target column, where you know better.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that says something else.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Guess roles and kinds of the columns of TABLE…, and write them with every setting to a TOML; asks nothing."""
    from warmstart.scenarios import catalog
    from warmstart.tables.config import load_config
    from warmstart.tables.guess import guess
    from warmstart.tables.readers import read_table

    declared = catalog.scenario(scenario)
    check_file(out)
    if out.suffix != ".toml":
        raise UsageError(f"--out {out}: expected a name that ends in .toml")
    frames = {_seen_from(out, path): read_table(path) for path in tables}
    keys = None if task is None else [name.strip() for name in task.split(",")]
    forecast = "next-periods" in declared.protocols.values()
    text = guess(frames, scenario, items=declared.items, forecast=forecast, task=keys, target=target)
    _write(out, text, force)
    columns = load_config(out).columns
    if as_json:
        guessed = {name: {"role": c.role.value, "kind": c.kind.value} for name, c in columns.items()}
        show_json({"path": str(out), "columns": guessed})
    else:
        show_table(("column", "role", "kind"), ((name, c.role, c.kind) for name, c in columns.items()))
        print(f"wrote {out}; correct it by hand, then: warmstart evaluate {scenario} --data {out}")


def _seen_from(out: Path, table: str) -> str:
    """The table's path as the TOML shall name it."""
    return Path(os.path.relpath(Path(table).expanduser(), out.absolute().parent)).as_posix()


def _write(out: Path, text: str, force: bool) -> None:
    from warmstart.engine.tensors import write_atomic

    if out.exists() and not force and out.read_text("utf-8") != text:
        raise Conflict(f"{out} is there and says something else; --force writes over it")
    write_atomic(out, text.encode())
