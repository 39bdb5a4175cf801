"""`json_lines`: a log of one JSON object a line, with the time in UTC."""

from __future__ import annotations

from typing import Any, TextIO

import structlog

__all__ = ["json_lines"]


def json_lines(stream: TextIO) -> Any:
    """A logger of structlog: `info(event, name=value, …)`."""
    return structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[structlog.processors.TimeStamper("iso", utc=True), structlog.processors.JSONRenderer()],
    )
