"""`warmstart backup` and `restore`: all that the service keeps, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._progress import watching
from warmstart.cli._show import show_json
from warmstart.cli._store import Db

__all__ = ["backup", "restore"]

File = Annotated[Path, typer.Argument(help="An SQLite file, whichever database the service has.")]


def backup(file: File, db: Db = "sqlite:///warmstart.db") -> None:
    """Write one moment of the events, models, states and keys to a file, while the service runs."""
    from contextlib import closing

    from warmstart.store import backup as store
    from warmstart.store.database import connect

    with closing(connect(db)) as database, watching(f"writing {file}"):
        counts = store.backup(database, file)
    show_json(counts)


def restore(file: File, db: Db = "sqlite:///warmstart.db") -> None:
    """Fill an empty database from a backup: all of it, or nothing."""
    from contextlib import closing

    from warmstart.store import backup as store
    from warmstart.store.database import connect

    with closing(connect(db)) as database, watching(f"reading {file}"):
        counts = store.restore(file, database)
    show_json(counts)
