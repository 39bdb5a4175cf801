"""`warmstart forget`: take a person's events and states away."""

from __future__ import annotations

from typing import Annotated

import typer

from warmstart.cli._show import show_json
from warmstart.cli._store import Db, Tenant
from warmstart.errors import Conflict

__all__ = ["forget"]


def forget(
    person: Annotated[str, typer.Argument(help="As events name the person, or the task.")],
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
    verify: Annotated[bool, typer.Option("--verify", help="Change nothing: say what is still there.")] = False,
) -> None:
    """Take a person's events and states away, in every scenario; with --verify say what is left. Exit code 3 if any."""
    from contextlib import closing
    from datetime import UTC, datetime

    from warmstart.store.database import connect
    from warmstart.store.log import EventLog

    with closing(connect(db)) as database:
        log = EventLog(database)
        emptied = {} if verify else dict(log.forget(tenant, person, datetime.now(UTC)))
        left = dict(log.traces(tenant, person))
    show_json({"emptied": emptied, "left": left})
    if any(left.values()):
        raise Conflict(f"rows that name the person: {sum(left.values())}")
