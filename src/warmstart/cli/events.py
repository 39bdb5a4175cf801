"""`warmstart events`: JSON lines into the log of the service, and out of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._progress import watching
from warmstart.cli._show import show_json
from warmstart.cli._store import Db, Tenant
from warmstart.errors import UsageError

__all__ = ["bring_in", "events", "export"]

events = typer.Typer(help="Import and export the events of the service.", invoke_without_command=True)
_AT_ONCE = 2_000


@events.callback()
def _which(context: typer.Context) -> None:
    """Ask for the second word where there is none."""
    if context.invoked_subcommand is None:
        raise UsageError("`warmstart events` what? import FILE or export")


@events.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="JSON lines, as `export` writes them.")],
    scenario: Annotated[str, typer.Option(help="Whose events they are.")],
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
) -> None:
    """Append events; those that the log has count once, so that an import that was cut off can be run again."""
    from contextlib import closing
    from datetime import UTC, datetime
    from itertools import islice

    from warmstart.service.bodies import events_of_lines
    from warmstart.store.database import connect
    from warmstart.store.log import EventLog, Request

    new = known = 0
    with closing(connect(db)) as database, file.open("rb") as lines, watching(f"reading {file.name}") as watch:
        log, told = EventLog(database), events_of_lines(lines)
        while some := list(islice(told, _AT_ONCE)):
            watch.tell(f"{new + known:,} events", lines.tell(), file.stat().st_size)
            receipt = log.append(Request(tenant, scenario, some, datetime.now(UTC)))
            new, known = new + receipt.new, known + receipt.known
    show_json({"new": new, "known": known})


@events.command()
def export(
    scenario: Annotated[str | None, typer.Option(help="By default all.")] = None,
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
) -> None:
    """Print every event as one JSON line, in the order in which they arrived."""
    from contextlib import closing

    from warmstart.store.database import connect
    from warmstart.store.event import to_json
    from warmstart.store.log import EventLog

    with closing(connect(db)) as database:
        for logged in EventLog(database).since(tenant, scenario=scenario):
            sys.stdout.write(to_json(logged.event) + "\n")
