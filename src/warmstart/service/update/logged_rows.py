"""`logged_rows`: what the event log says, as rows of the table that a scenario is trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from warmstart.errors import DataError
from warmstart.service.rows import frame_of
from warmstart.store.log import EventLog
from warmstart.tables.schema import Kind, Role, Schema

__all__ = ["logged_rows"]

_PART = re.compile(r"((?:[^\\.]|\\.)*)(?:\.|$)")  # of a composite task id, as `TaskSet.ids` writes it


def logged_rows(log: EventLog, tenant: str, scenario: str, schema: Schema) -> pl.DataFrame:
    """One line for each interaction, with its task's key and descriptor; no line of what was forgotten.

    A row that has no date of its own has that of its event. Errors: `DataError` for a task id with too few parts.
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
    told = [{**described.get(task, {}), **row, **_key(schema, task)} for task, row in rows]
    return frame_of(schema, told, schema.task)


def _key(schema: Schema, task: str) -> dict[str, str]:
    """The values of the task's columns."""
    names = schema.task
    if len(names) == 1:
        return {names[0]: task}
    parts = [re.sub(r"\\(.)", r"\1", part) for part in _PART.findall(task)[: len(names)]]
    if len(parts) < len(names) or not all(parts):
        raise DataError("not the id of a task", column=".".join(names), expected=".".join(names), got=repr(task))
    return dict(zip(names, parts, strict=True))
