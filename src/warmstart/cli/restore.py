"""`warmstart restore`: an empty database filled from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._progress import watching
from warmstart.cli._show import show_json
from warmstart.cli._store import Db

__all__ = ["restore"]


def restore(
    file: Annotated[Path, typer.Argument(help="What `warmstart backup` wrote.")],
    db: Db = "sqlite:///warmstart.db",
) -> None:
    """Fill an empty database from a backup: all of it, or nothing."""
    from contextlib import closing

    from warmstart.store import backup as store
    from warmstart.store.database import connect

    with closing(connect(db)) as database, watching(f"reading {file}"):
        counts = store.restore(file, database)
    show_json(counts)
