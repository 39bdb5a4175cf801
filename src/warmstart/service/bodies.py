"""`events_in`: the events of a body: one, a list, or JSON lines; an error names the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from warmstart.errors import DataError
from warmstart.service.misfits import misfits
from warmstart.store.event import event_of, events_of

__all__ = ["events_in", "events_of_lines"]

_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


def events_in(body: bytes, content_type: str) -> list[Any]:
    """Errors: `DataError` that names the line, `ValidationError` that names the fields."""
    if content_type.partition(";")[0].strip().lower() in _LINES:
        return list(events_of_lines(body.split(b"\n")))
    return events_of(body) if body.lstrip()[:1] == b"[" else [event_of(body)]


def events_of_lines(lines: Iterable[bytes]) -> Iterator[Any]:
    """One event for each line that is not blank. Errors: `DataError` that names the line."""
    return (_of_line(at, line) for at, line in enumerate(lines, 1) if line.strip())


def _of_line(at: int, line: bytes) -> Any:
    try:
        return event_of(line)
    except ValidationError as error:
        raise DataError(f"line {at}: {misfits(error)[0]}", row=at) from error
