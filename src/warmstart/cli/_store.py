"""The database of the verbs that ask the store."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Db", "Tenant"]

Db = Annotated[
    str,
    typer.Option("--db", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST/NAME.", envvar="WARMSTART_DB"),
]
Tenant = Annotated[str, typer.Option(help="Whose data; each tenant has its own keys, models and events.")]
