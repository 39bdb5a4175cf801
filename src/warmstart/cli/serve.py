"""`warmstart serve`: answer over HTTP, and learn from events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._store import Db
from warmstart.errors import NotReady, UsageError

__all__ = ["serve"]


def serve(
    models: Annotated[list[Path] | None, typer.Argument(metavar="MODEL…", help="Folders of `train --out`.")] = None,
    *,
    db: Db = "sqlite:///warmstart.db",
    host: Annotated[str, typer.Option(help="Another one than this machine's own needs a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCENARIO=NAME|TOML", help="What jobs of a scenario learn from beside the log; repeatable."
        ),
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM; with --tls-key.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM; with --tls-certificate.")] = None,
) -> None:
    """Answer over HTTP with these models, or with those that the database has, and learn from events."""
    from contextlib import closing

    from warmstart.datasets.places import cache_folder
    from warmstart.service.heaps import few_heaps

    few_heaps()
    try:
        from warmstart.service import serve as service_of
    except ImportError as error:
        raise NotReady(f"the service needs the package {error.name}: pip install 'warmstart[service]'") from error
    from warmstart.service.jobs.command import job_command
    from warmstart.service.jobs.runner import JobRunner
    from warmstart.service.service import Service
    from warmstart.store.database import connect
    from warmstart.store.jobs import Jobs
    from warmstart.store.keys import Keys

    tables = _tables(data or [])
    address = service_of.Address(host, port, tls_certificate, tls_key)
    with closing(connect(db)) as database:
        open_to_all = address.open_to_all(Keys(database))
        with Service(database, cache_folder() / "models", open_to_all=open_to_all) as service:
            for scenario, version in service_of.publish(service, models or []):
                print(f"{scenario}: model {version}", flush=True)
            ready = service.ready()
            if not ready:
                raise UsageError(f"no model: give a folder of `warmstart train --out`; {db} has none")
            with closing(JobRunner(Jobs(database), job_command(db, tables))) as jobs:
                service_of.serve(service, address, lambda url: print(f"{', '.join(ready)} at {url}", flush=True), jobs)


def _tables(told: list[str]) -> dict[str, str]:
    """By scenario a data set, or the whole path of a TOML. Errors: `UsageError`, `NotFound`."""
    from warmstart.datasets import catalog
    from warmstart.scenarios.catalog import scenario
    from warmstart.tables.config import load_config

    tables: dict[str, str] = {}
    for each in told:
        name, mark, data = each.partition("=")
        if not mark or not data:
            raise UsageError(f"--data: expected SCENARIO=NAME|TOML; got {each!r}")
        if data.endswith(".toml"):
            load_config(Path(data))  # refused now rather than in a job
            data = str(Path(data).resolve())
        else:
            catalog.get(data)
        tables[scenario(name).name] = data
    return tables
