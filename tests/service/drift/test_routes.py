"""`GET /v1/drift`, and what Prometheus is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from warmstart.store.event import to_json
from warmstart.store.log import Logged


def test_report_and_gauge(client: TestClient, sales: Callable[..., list[Logged]]) -> None:
    """A unit that changed raises an alarm of its column, in the report and in the gauge; no task is in the metrics."""
    for seed, unit in ((0, 1.0), (1, 100.0)):
        lines = "\n".join(to_json(each.event) for each in sales(seed, 400, price=unit))
        headers = {"content-type": "application/x-ndjson"}
        assert client.post("/v1/events?scenario=demand", content=lines, headers=headers).status_code == 200
        told: dict[str, Any] = client.get("/v1/drift?scenario=demand").json()
        assert told["current"]
        assert any(each["alarm"] for each in told["signals"]) == (unit > 1)
    (spread,) = [each for each in told["signals"] if (each["column"], each["measure"]) == ("price", "spread")]
    assert spread["alarm"]
    assert spread["after"] > 50 * spread["before"]
    metrics = client.get("/metrics").text
    assert 'warmstart_drift_alarms{column="price",scenario="demand"}' in metrics
    assert 'warmstart_drift_alarms{column="kind",scenario="demand"} 0.0' in metrics
    assert "shop " not in metrics


def test_refused(client: TestClient) -> None:
    """A scenario that there is not; one without events has nothing to say."""
    assert client.get("/v1/drift?scenario=nothing").status_code == 404
    told = client.get("/v1/drift?scenario=recommend").json()
    assert (told["rows"], told["current"], told["tasks"]) == (0, True, [])
    assert {each["after"] for each in told["signals"]} == {None}


def test_events_that_are_no_rows(client: TestClient) -> None:
    """What is known of a customer alone, where choices are watched."""
    user = {"id": "1", "kind": "user", "task": "u1", "time": "2026-01-05T10:00:00Z", "row": {"age": "a1"}}
    assert client.post("/v1/events?scenario=recommend", json=user).status_code == 200
    assert client.get("/v1/drift?scenario=recommend").json()["rows"] == 0
