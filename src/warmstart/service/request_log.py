"""`request_log`: one JSON line for each request; routes as they are declared, so that no name of a task is in it."""

from __future__ import annotations

from typing import TextIO

from warmstart.service.guard import Seen
from warmstart.service.json_lines import json_lines

__all__ = ["request_log"]


def request_log(stream: TextIO) -> Seen:
    """What the guard tells, written to the stream."""
    log = json_lines(stream)

    def seen(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        ms = round(1000 * seconds, 3)
        log.info("request", method=method, route=route, status=status, ms=ms, request_id=request_id)

    return seen
