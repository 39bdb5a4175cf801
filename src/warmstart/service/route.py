"""What every route has in common: what OpenAPI says of it, and the form of its answer."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from warmstart.service import wire
from warmstart.service.refusal import json_response
from warmstart.store.event import Name

__all__ = ["OfScenario", "described", "refusals", "told"]

OfScenario = Annotated[Name, Query()]
"""`?scenario=`"""
_REFUSALS = (400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)


def told(request: Request, content: dict[str, Any]) -> Response:
    """The answer, with the number of the request."""
    return json_response(content | {"request_id": request.state.request_id})


def described(body: str | None, answer: Any) -> dict[str, Any]:
    """What OpenAPI says of a route: the form of its body, its answer, and of a refusal."""
    schema = {"$ref": f"#/components/schemas/{body}"}
    extra = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}} if body else None
    return {
        "response_model": None,
        "responses": {200: {"model": answer}, **refusals(*_REFUSALS)},
        "openapi_extra": extra,
    }


def refusals(*statuses: int) -> dict[int | str, Any]:
    """What OpenAPI says of answers with these statuses."""
    return {status: {"model": wire.Refused} for status in statuses}
