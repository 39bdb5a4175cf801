"""`with_logged_items`: a table whose catalogue knows what the event log says of items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from warmstart.service.rows import frame_of
from warmstart.store.log import EventLog
from warmstart.tables.schema import Role
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

__all__ = ["with_logged_items"]


def with_logged_items(table: Table, log: EventLog, tenant: str, scenario: str) -> Table:
    """The table, with the items that events have told of; what happened last counts, feature by feature.

    A table without items, and a log that tells of none, leave it as it is.
    """
    item, told = table.schema.item, _told(log, tenant, scenario)
    known = TaskSet.of(table).items if told else None
    if item is None or known is None:
        return table
    frame = frame_of(table.schema, [{item: name, **row} for name, row in told.items()], (item,))
    own = frame.with_columns(pl.col(name).cast(kind) for name, kind in known.schema.items() if name in frame.columns)
    features = [name for name in table.schema.named(Role.FEATURE) if name in own.columns]
    both = known.join(own, on=item, how="full", coalesce=True, suffix=" told", maintain_order="left_right")
    latest = [pl.coalesce(f"{name} told", name).alias(name) for name in features]
    return replace(table, items=both.with_columns(latest).select(known.columns))


def _told(log: EventLog, tenant: str, scenario: str) -> dict[str, dict[str, Any]]:
    """Features by item."""
    told: dict[str, dict[str, Any]] = {}
    seen = [each.event for each in log.since(tenant, scenario=scenario) if each.event.kind == "item"]
    for event in sorted(seen, key=lambda event: event.time):
        told.setdefault(event.item, {}).update(event.row)
    return told
