"""`Source`: one public data set, as the catalogue knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from warmstart.datasets.files import Files
from warmstart.datasets.wheel import Wheel
from warmstart.tables.table import Table

__all__ = ["Reader", "Source"]

Reader = Callable[[Files], Table]
"""Makes the table of one scenario out of the files of a source."""


@dataclass(frozen=True)
class Source:
    """What a data set is, where it lies (a `wheel` or a `folder`), and how it becomes a table."""

    name: str
    summary: str
    licence: str
    """Of the package that carries it and, where known, of the data themselves."""
    origin: str
    """Who made it, to be cited."""
    task_keys: tuple[str, ...]
    """Columns that can name a task."""
    tables: Mapping[str, Reader] = field(default_factory=dict)
    """One reader by scenario name; none where the user brings the schema."""
    rows: int | None = None
    """Rows of the main table before cleaning, where known."""
    wheel: Wheel | None = None
    folder: str | None = None
    """Name of a folder inside the one that `WARMSTART_DATA` names."""
