"""One task of a saved model, for the verbs that ask it something: from a saved state, from support rows, or new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.errors import DataError, UsageError

if TYPE_CHECKING:
    from warmstart.engine.adapted import Adapted
    from warmstart.tables.schema import Schema

__all__ = ["Descriptor", "Json", "Model", "Query", "State", "SupportFile", "open_task"]

Model = Annotated[Path, typer.Argument(help="The folder that `train --out` wrote.")]
State = Annotated[Path | None, typer.Option(help="The task, as `adapt -o` wrote it.")]
SupportFile = Annotated[
    Path | None, typer.Option("--support", metavar="FILE", help="The first rows of the task, as a table file.")
]
Descriptor = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="What is known of the task before its first row.")
]
Query = Annotated[Path | None, typer.Option(metavar="FILE", help="The rows that are asked about, as a table file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def open_task(folder: Path, state: Path | None, support: Path | None, descriptor: list[str] | None) -> Adapted:
    """The task; without `state` and `support` one of which nothing but the `descriptor` is known.

    Errors: `UsageError` for both, or for a descriptor of a task that is kept, and those of loading and adapting.
    """
    from warmstart.engine.storage import load, load_state

    if state is not None and support is not None:
        raise UsageError("give either --state or --support, not both")
    if state is not None and descriptor:
        raise UsageError("--state holds the task's descriptor already; give --descriptor with --support, or alone")
    model = load(folder)
    if state is not None:
        return load_state(model, state)
    return model.adapt(support, descriptor=_values(model.schema, descriptor or []))


def _values(schema: Schema, told: list[str]) -> dict[str, Any]:
    """Of each NAME=VALUE, the value as its column holds it; an unknown name is the model's to refuse."""
    from warmstart.tables.schema import Kind

    kinds = {column.name: column.kind for column in schema.described}
    found: dict[str, Any] = {}
    for each in told:
        name, equals, value = each.partition("=")
        if not equals:
            raise UsageError(f"--descriptor {each}: expected NAME=VALUE")
        try:
            found[name] = float(value) if kinds.get(name) is Kind.NUMBER else value
        except ValueError:
            raise DataError("not a number", column=name, expected="a number", got=value) from None
    return found
