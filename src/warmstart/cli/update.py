"""`warmstart update`: learn again from the table and the events, and let the new version answer if it is not worse."""

from __future__ import annotations

from typing import Annotated

import typer

from warmstart.cli._executor import Ray, executor
from warmstart.cli._problem import read_problem
from warmstart.cli._progress import watching
from warmstart.cli._show import number, show_json
from warmstart.cli._store import Db, Tenant

__all__ = ["update"]


def update(
    scenario: Annotated[str, typer.Argument(help="A scenario that the database serves.")],
    data: Annotated[str, typer.Option(help="What it was trained on: a data set, or a TOML of `warmstart init`.")],
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
    share: Annotated[
        float, typer.Option(help="Of the tasks, which the new version answers; less than 1 tries it.")
    ] = 1.0,
    ray: Ray = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn again from the table and the events; the new version answers if held-out tasks say that it is not worse."""
    import tempfile
    from contextlib import closing
    from pathlib import Path

    from warmstart.datasets.places import cache_folder
    from warmstart.scenarios import catalog
    from warmstart.service.service import Service
    from warmstart.service.update.meta_update import meta_update
    from warmstart.store.database import connect

    declared = catalog.scenario(scenario)
    problem, quality = read_problem(declared, data)
    quality.raise_if_unusable()
    with (
        closing(connect(db)) as database,
        Service(database, cache_folder() / "models") as service,
        tempfile.TemporaryDirectory() as folder,
        executor(ray) as spread,
        watching("reading the events") as watch,
    ):
        made = meta_update(
            service, tenant, declared, problem, Path(folder), watch.progress, share=share, executor=spread
        )
    if as_json:
        show_json({"version": made.version, "tasks": made.tasks, "logged": made.logged, "gate": made.gate.to_dict()})
        return
    gate = made.gate
    print(f"model {made.version}, trained on {made.tasks:,} tasks, {made.logged:,} of which are of the log alone")
    print(f"{gate.metric} on {gate.tasks:,} held-out tasks: {number(gate.candidate)}, serving {number(gate.serving)}")
    told = "refused" if not gate.passed else "promoted" if share == 1 else f"on trial for {share:.1%} of the tasks"
    print(f"better by {number(gate.low)} to {number(gate.high)}: {told}, {gate.why}")
