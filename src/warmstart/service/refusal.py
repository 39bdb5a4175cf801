"""`Refusal`: why a request was not answered, as one JSON form; every error becomes one here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from warmstart.errors import InternalError, NotReady, Overloaded, WarmstartError
from warmstart.service.misfits import misfits

__all__ = ["Refusal", "json_response", "refusal_of", "refused"]


@dataclass
class Refusal(Exception):  # noqa: N818 — it is told to the caller, not to us
    """What a caller is told who gets no answer."""

    status: int
    error: str
    """The name of the error."""
    message: str
    """What was expected, and what came."""
    retry_after_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What HTTP wants told beside it."""

    def __str__(self) -> str:
        return self.message


def refusal_of(error: Exception) -> Refusal:
    """What the caller is told; of our own faults no more than that there was one."""
    match error:
        case Refusal():
            return error
        case ValidationError() | RequestValidationError():
            return Refusal(422, "DataError", "; ".join(misfits(error)))
        case Overloaded():
            return Refusal(error.http_status, "Overloaded", str(error), retry_after_s=error.retry_after_s)
        case NotReady():
            return Refusal(error.http_status, "NotReady", str(error), retry_after_s=1)
        case WarmstartError() if not isinstance(error, InternalError):
            return Refusal(error.http_status, type(error).__name__, str(error))
        case _:
            return Refusal(500, "InternalError", "an error of the service; the log has it under the request's id")


def refused(refusal: Refusal, request_id: str) -> Response:
    """The response."""
    wait = refusal.retry_after_s
    headers = {**refusal.headers} | ({} if wait is None else {"retry-after": str(ceil(wait))})
    told = {"error": refusal.error, "message": str(refusal), "request_id": request_id}
    return json_response(told, refusal.status, headers)


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that every reader can read: a number that is not finite is an error, never a null."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text, status, dict(headers or {}), media_type="application/json")
