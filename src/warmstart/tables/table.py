"""`Table`: rows with a schema, and what is known of the items; what every reader and data set hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from warmstart.tables.schema import Schema

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """A named table: one row per event or observation."""

    name: str
    frame: pl.DataFrame
    schema: Schema
    items: pl.DataFrame | None = None
    """With an item column: one row per item that can be asked for, the item column first; feature columns live here."""
    episodes: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Published evaluation episodes by protocol: slice, episode, task, item, target, role (support/query), position.

    Without items: row (its place in `frame`), role and position, one episode a task; "train" holds rows to learn from.
    """
    cutoff: object = None
    """The moment, in the time column's type, before which published protocols train, if there are any."""
    shots: tuple[int, ...] = ()
    """Support sizes that its tasks are large enough for; none where those of the scenario will do."""
    horizon: int | None = None
    """Rows of a task that are asked at once, where the question is a forecast of so many periods; None leaves that."""
    notes: tuple[str, ...] = ()
    """What reading it came upon that is no error, such as rows that a joined table knows nothing of."""
