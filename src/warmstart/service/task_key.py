"""`task_key`: the values of the task's columns, read off the name of a task as `TaskSet.ids` writes it."""

from __future__ import annotations

import re

from warmstart.errors import DataError
from warmstart.tables.schema import Schema

__all__ = ["task_key"]

_PART = re.compile(r"((?:[^\\.]|\\.)*)(?:\.|$)")


def task_key(schema: Schema, task: str) -> dict[str, str]:
    """By column; a name of several parts has a dot between them. Errors: `DataError` for one with too few parts."""
    names = schema.task
    if len(names) == 1:
        return {names[0]: task}
    parts = [re.sub(r"\\(.)", r"\1", part) for part in _PART.findall(task)[: len(names)]]
    if len(parts) < len(names) or not all(parts):
        raise DataError("not the name of a task", column="task", expected=".".join(names), got=repr(task))
    return dict(zip(names, parts, strict=True))
