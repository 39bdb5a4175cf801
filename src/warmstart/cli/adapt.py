"""`warmstart adapt`: adapt a model to a new task's first rows, and keep the task for later questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._outputs import check_file
from warmstart.cli._show import show_json
from warmstart.cli._task import Descriptor, Json, Model, SupportFile, open_task
from warmstart.errors import UsageError

__all__ = ["adapt"]


def adapt(
    model: Model,
    support: SupportFile = None,
    descriptor: Descriptor = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="STATE", help="Where to keep the task: a few kB.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Adapt to one task; `predict --state` and `explain --state` ask it."""
    from warmstart.engine.storage import save_state

    check_file(out)
    if out is not None and out.suffix == ".safetensors":
        raise UsageError(f"--out {out}: the task's arrays take a name of that ending beside it; choose another")
    task = open_task(model, None, support, descriptor)
    if out is not None:
        save_state(task, out)
    if as_json:
        show_json({"k": task.k, "model_version": task.model.version, "state": None if out is None else str(out)})
    else:
        kept = "nothing kept: -o names a file for it" if out is None else f"wrote {out}"
        print(f"adapted model {task.model.version} to {task.k} rows; {kept}")
