"""`Limits`: how much one caller may ask of the service at once."""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.errors import UsageError

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Errors: `UsageError` for a value out of range."""

    body_bytes: int = 8 * 2**20
    """Of one request, unpacked too."""
    rows: int = 10_000
    """Of one support or one query."""
    events: int = 20_000
    """Of one batch."""
    at_once: int = 64
    """Requests that are worked on or wait for it."""
    answering: int = 4
    """Of them, those that are answered side by side: more would take the interpreter from each other, and end later."""
    rate: float = 1_000.0
    """Requests a second of one key; twice as many at once."""
    seconds: float = 30.0
    """Until a request is given up."""
    task_rows: int = 1_000
    """Rows of one task that count: the latest; one task cannot be everything."""
    states_bytes: int = 256 * 2**20
    """Of adapted tasks in memory; the others are made again from the log when they are asked."""
    future_s: float = 300.0
    """By how much the clock of whoever sends an event may be ahead of ours."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise UsageError(f"limits.{name}: expected a value above 0; got {value}")
