"""`fault_log`: what goes wrong, one JSON line each, whatever text of a caller is in it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

__all__ = ["fault_log"]


def fault_log(stream: TextIO) -> logging.Handler:
    """For a logger of the standard library; the form of the lines is that of `request_log`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line())
    return handler


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        told = {"event": record.getMessage(), "level": record.levelname.lower(), "timestamp": at}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told)
