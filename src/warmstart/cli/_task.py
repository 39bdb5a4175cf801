"""One task of a saved model, for the verbs that ask it something: from a saved state, from support rows, or new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.errors import UsageError

if TYPE_CHECKING:
    from warmstart.engine.adapted import Adapted

__all__ = ["Json", "Model", "Query", "State", "SupportFile", "open_task"]

Model = Annotated[Path, typer.Argument(help="The folder that `train --out` wrote.")]
State = Annotated[Path | None, typer.Option(help="The task, as `adapt -o` wrote it.")]
SupportFile = Annotated[
    Path | None, typer.Option("--support", metavar="FILE", help="The first rows of the task, as a table file.")
]
Query = Annotated[Path | None, typer.Option(metavar="FILE", help="The rows that are asked about, as a table file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def open_task(folder: Path, state: Path | None, support: Path | None) -> Adapted:
    """The task; without `state` and `support` one of which nothing is known.

    Errors: `UsageError` for both, and those of loading a model or state and of adapting.
    """
    from warmstart.engine.storage import load, load_state

    if state is not None and support is not None:
        raise UsageError("give either --state or --support, not both")
    model = load(folder)
    return model.adapt(support) if state is None else load_state(model, state)
