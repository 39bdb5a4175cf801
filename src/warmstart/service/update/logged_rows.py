"""`logged_rows`: what the event log says, as rows of the table that a scenario is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from warmstart.service.rows import frame_of
from warmstart.service.task_key import task_key
from warmstart.store.log import EventLog
from warmstart.tables.schema import Kind, Role, Schema

__all__ = ["logged_rows"]


def logged_rows(log: EventLog, tenant: str, scenario: str, schema: Schema) -> pl.DataFrame:
    """One line for each interaction, with its task's key and descriptor; no line of what was forgotten.

    A row that has no date of its own has that of its event; keys are text. Errors: `DataError` as of `task_key`.
    """
    described: dict[str, dict[str, Any]] = {}
    rows: list[tuple[str, Mapping[str, Any]]] = []
    dated = next((c.name for c in schema.having(Role.TIME) if c.kind is Kind.DATE), None)
    for logged in log.since(tenant, scenario=scenario):
        event = logged.event
        match event.kind:
            case "user":
                described.setdefault(event.task, {}).update(event.row)
            case "interaction":
                when = {dated: event.time.isoformat()} if dated else {}
                rows.append((event.task, {**when, **event.row}))
    told = [{**described.get(task, {}), **row, **task_key(schema, task)} for task, row in rows]
    return frame_of(schema, told, schema.task)
