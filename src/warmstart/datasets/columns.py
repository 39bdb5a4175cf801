"""`columns`: several columns of one role and kind."""

from __future__ import annotations

from warmstart.tables.schema import Column, Kind, Role

__all__ = ["columns"]


def columns(role: Role, kind: Kind, *names: str) -> tuple[Column, ...]:
    """One `Column` for each name."""
    return tuple(Column(name, role, kind) for name in names)
