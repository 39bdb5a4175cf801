"""`warmstart backup`: all that the service keeps, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._progress import watching
from warmstart.cli._show import show_json
from warmstart.cli._store import Db

__all__ = ["backup"]


def backup(
    file: Annotated[Path, typer.Argument(help="An SQLite file, whichever database the service has.")],
    db: Db = "sqlite:///warmstart.db",
) -> None:
    """Write one moment of the events, models, states and keys to a file, while the service runs."""
    from contextlib import closing

    from warmstart.store import backup as store
    from warmstart.store.database import connect

    with closing(connect(db)) as database, watching(f"writing {file}"):
        counts = store.backup(database, file)
    show_json(counts)
