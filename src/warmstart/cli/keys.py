"""`warmstart keys`: who may ask the service what."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from warmstart.cli._show import show_json, show_table
from warmstart.cli._store import Db, Tenant
from warmstart.errors import UsageError

__all__ = ["create", "keys", "listing", "revoke"]

keys = typer.Typer(help="Make, list and revoke keys of the service.", invoke_without_command=True)


@keys.callback()
def _which(context: typer.Context) -> None:
    """Ask for the second word where there is none."""
    if context.invoked_subcommand is None:
        raise UsageError("`warmstart keys` what? create KIND, list or revoke ID")


@keys.command()
def create(
    kind: Annotated[Literal["admin", "read", "ingest"], typer.Argument(help="What its holder may do.")],
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
) -> None:
    """Make a key and print it: it is shown once, and only its hash is kept."""
    from contextlib import closing
    from datetime import UTC, datetime

    from warmstart.store.database import connect
    from warmstart.store.keys import KeyKind, Keys

    with closing(connect(db)) as database:
        print(Keys(database).create(tenant, KeyKind(kind), datetime.now(UTC)))


@keys.command("list")
def listing(
    db: Db = "sqlite:///warmstart.db",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Show every key that was made; not the keys themselves."""
    from contextlib import closing

    from warmstart.store.database import connect
    from warmstart.store.keys import Keys
    from warmstart.store.log import moment

    with closing(connect(db)) as database:
        held = Keys(database).all()
    made = [
        (k.id, k.tenant, k.kind.value, moment(k.made).isoformat(timespec="seconds"), k.revoked is None) for k in held
    ]
    names = ("id", "tenant", "kind", "made", "valid")
    if as_json:
        show_json([dict(zip(names, each, strict=True)) for each in made])
    else:
        show_table(names, made)


@keys.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `warmstart keys list` shows it.")],
    db: Db = "sqlite:///warmstart.db",
) -> None:
    """Let a key open nothing any more; a service that runs notices within a second."""
    from contextlib import closing
    from datetime import UTC, datetime

    from warmstart.store.database import connect
    from warmstart.store.keys import Keys

    with closing(connect(db)) as database:
        Keys(database).revoke(name, datetime.now(UTC))
