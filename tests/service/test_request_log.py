"""`request_log`: JSON lines without names."""

from __future__ import annotations

import io
import json

from starlette.testclient import TestClient

from warmstart.service.app import create_app
from warmstart.service.request_log import request_log
from warmstart.service.service import Service


def test_a_line_for_each_request(service: Service) -> None:
    """With route, status, time and the request's id; neither the task nor what a caller put into the path."""
    stream = io.StringIO()
    with TestClient(create_app(service, request_log(stream))) as client:
        client.post("/v1/demand/adapt", json={"task": "anna"}, headers={"x-request-id": "r-1"})
        client.delete("/v1/subjects/anna")
        client.get("/anna%22%0A%7B%22event%22%3A%22forged%22%7D")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["route"] for line in lines] == ["/v1/{scenario}/adapt", "/v1/subjects/{person}", ""]
    assert [line["status"] for line in lines] == [200, 200, 404]
    assert lines[0]["request_id"] == "r-1"
    assert "anna" not in stream.getvalue()
