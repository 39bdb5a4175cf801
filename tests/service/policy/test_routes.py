"""`GET /v1/policy`: from lists that `recommend` gave and events that followed."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

DAY = "2026-01-04T10:00:00Z"


def test_from_a_list_to_its_value(client: TestClient) -> None:
    """Explored lists of two users, one of whom takes the first item within the window."""
    told: list[dict[str, Any]] = []
    for task in ("anna", "bert"):
        asked = {"task": task, "n": 3, "explore": True}
        shown = client.post("/v1/recommend/recommend", json=asked).json()
        event = {"id": f"{task} 1", "kind": "impression", "task": task, "time": DAY, "request": shown["request_id"]}
        told.append(event | {"shown": shown["items"], "propensities": shown["propensities"]})
    row = {"item": told[0]["shown"][0]}
    told.append({"id": "2", "kind": "interaction", "task": "anna", "time": "2026-01-04T12:00:00Z", "row": row})
    assert client.post("/v1/events?scenario=recommend", json=told).status_code == 200
    found = client.get("/v1/policy?scenario=recommend").json()
    assert (found["lists"], found["waiting"], found["tasks"], found["explored"]) == (2, 0, 2, 2)
    assert found["taken"]["mean"] == 0.5
    assert found["taken_of_shown"] == 1 / 6
    assert client.get("/v1/policy?scenario=recommend&window_hours=1").json()["taken"]["mean"] == 0.0
    assert client.get("/v1/policy?scenario=recommend&window_hours=50").json()["waiting"] == 2


def test_refused(client: TestClient) -> None:
    """No scenario, a window that is none, a model that shows no lists."""
    assert client.get("/v1/policy?scenario=nothing").status_code == 404
    assert client.get("/v1/policy?scenario=recommend&window_hours=0").status_code == 422
    assert client.get("/v1/policy?scenario=demand").status_code == 400
    assert client.get("/v1/policy?scenario=recommend").json()["taken"] is None
