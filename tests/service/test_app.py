"""The HTTP service: what is asked, what is told, what is learned."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from starlette.testclient import TestClient

from warmstart.service.live import Live
from warmstart.service.service import DEFAULT_TENANT, Service

Make = Callable[..., dict[str, Any]]
ROW = {"price": 1.0, "kind": "u"}
TOLD = {**ROW, "sold": 90.0}
_PATIENCE_S, _MOMENT_S = 60.0, 0.5


def test_adapt_and_answer_in_one_request(client: TestClient) -> None:
    """Support rows in, a distribution out, which says what it rests on."""
    prior = client.post("/v1/demand/predict", json={"query": [ROW]}).json()
    assert (prior["tier"], prior["k"], prior["family"], prior["fresh"]) == ("prior", 0, "normal", True)
    told = client.post("/v1/demand/predict", json={"support": [TOLD] * 5, "query": [ROW, ROW]}).json()
    assert (told["tier"], told["k"]) == ("adapted", 5)
    assert len(told["mean"]) == 2
    assert told["std"][0] < prior["std"][0]
    assert abs(told["mean"][0] - 90) < abs(prior["mean"][0] - 90)


def test_answers_take_turns(client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many side by side as `answering` says, never one more; the others wait, and are answered."""
    live, room, met = service.live, service.limits.answering, []
    all_of_them, one_more = threading.Barrier(room), threading.Barrier(room + 1)

    def watched(tenant: str, scenario: str) -> Live:
        all_of_them.wait(_PATIENCE_S)
        with suppress(threading.BrokenBarrierError):
            met.append(one_more.wait(_MOMENT_S))
        return live(tenant, scenario)

    monkeypatch.setattr(service, "live", watched)
    with ThreadPoolExecutor(3 * room) as callers:
        asked = [callers.submit(client.post, "/v1/demand/adapt", json={}) for _ in range(3 * room)]
        assert {each.result().status_code for each in asked} == {200}
    assert met == []


def test_events_are_learned(client: TestClient, sold: Make) -> None:
    """What is acknowledged is in the next answer; the same as if it had been support."""
    assert client.post("/v1/events?scenario=demand", json=sold("1")).json()["new"] == 1
    batch = [sold("1"), sold("2", hour=11), sold("3", "s2", hour=12)]
    told = client.post("/v1/events?scenario=demand", json=batch).json()
    assert (told["new"], told["known"]) == (2, 1)
    answer = client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()
    assert answer["k"] == 2
    same = client.post("/v1/demand/predict", json={"support": [TOLD, TOLD], "query": [ROW]}).json()
    assert answer["mean"] == pytest.approx(same["mean"], rel=1e-5)
    card = client.post("/v1/demand/adapt", json={"task": "s1"}).json()
    assert (card["task"], card["k"], card["seq"]) == ("s1", 2, 2)


def test_cards_of_a_task(client: TestClient, sold: Make) -> None:
    """Of each scenario that was told of it; of none it is not found."""
    client.post("/v1/events?scenario=demand", json=sold("1"))
    (card,) = client.get("/v1/tasks/s1").json()
    assert (card["scenario"], card["task"], card["k"], card["seq"]) == ("demand", "s1", 1, 1)
    assert client.get("/v1/tasks/s2").status_code == 404


def test_lines_and_gzip(client: TestClient, sold: Make) -> None:
    """JSON lines, packed."""
    lines = "\n".join(json.dumps(sold(str(i))) for i in range(20)) + "\n"
    headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    told = client.post("/v1/events?scenario=demand", content=gzip.compress(lines.encode()), headers=headers).json()
    assert told["new"] == 20


def test_late_events_and_descriptors(client: TestClient, sold: Make) -> None:
    """A row that happened before those that are known, and what is known of the shop, change the task as a whole."""
    client.post("/v1/events?scenario=demand", json=[sold("1", hour=12)])
    client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]})
    shop = {"id": "2", "kind": "user", "task": "s1", "time": "2026-01-05T09:00:00Z", "row": {"town": "t1"}}
    assert client.post("/v1/events?scenario=demand", json=[sold("3", hour=8, sold=80.0), shop]).status_code == 200
    answer = client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()
    body = {"descriptor": {"town": "t1"}, "support": [{**TOLD, "sold": 80.0}, TOLD], "query": [ROW]}
    assert answer["mean"] == pytest.approx(client.post("/v1/demand/predict", json=body).json()["mean"], rel=1e-5)


def test_recommend(client: TestClient) -> None:
    """Items by score; those that are blocked or known already are left out; explored, each has its propensity."""
    body = {"support": [{"item": "i1"}], "n": 3, "block": ["i0"], "already": "hide"}
    told = client.post("/v1/recommend/recommend", json=body).json()
    assert len(told["items"]) == 3
    assert not {"i0", "i1"} & set(told["items"])
    assert told["propensities"] is None
    explored = client.post("/v1/recommend/recommend", json={**body, "explore": True}).json()
    assert all(0 < chance <= 1 for chance in explored["propensities"])
    again = client.post("/v1/recommend/recommend", json={**body, "explore": True, "seed": explored["seed"]}).json()
    assert again["items"] == explored["items"]


def test_explain(client: TestClient) -> None:
    """Support rows and columns that moved the answer."""
    told = client.post("/v1/demand/explain", json={"support": [TOLD], "query": [ROW]}).json()
    assert told["about"] == "sold"
    assert told["rows"][0]["support"][0]["row"] == "support row 0"


def test_swap_and_roll_back(client: TestClient, service: Service, sold: Make) -> None:
    """The version before answers again, about the same events."""
    client.post("/v1/events?scenario=demand", json=[sold("1")])
    new, old = client.get("/v1/models?scenario=demand").json()
    if old["serving"]:
        new, old = old, new
    before = client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()
    assert before["model_version"] == new["version"]
    assert client.post("/v1/models/roll-back?scenario=demand").json()["version"] == old["version"]
    after = client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()
    assert (after["model_version"], after["k"]) == (old["version"], 1)
    assert client.post(f"/v1/models/{new['version']}/promote?scenario=demand").status_code == 200
    again = client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()
    assert again["mean"] == before["mean"]
    assert client.post(f"/v1/models/{old['version']}/promote?scenario=demand&share=0.2").status_code == 200
    told = {each["version"]: each["share"] for each in client.get("/v1/models?scenario=demand").json()}
    assert told == {new["version"]: 0.8, old["version"]: 0.2}
    assert client.post(f"/v1/models/{old['version']}/promote?scenario=demand&share=2").status_code == 422


def test_forget(client: TestClient, service: Service, sold: Make) -> None:
    """Nothing of the person is left, and the next answer knows nothing."""
    client.post("/v1/events?scenario=demand", json=[sold("1"), sold("2", "s2")])
    client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]})
    assert client.delete("/v1/subjects/s1").json()["events"] == {"demand": 1}
    assert client.post("/v1/demand/predict", json={"task": "s1", "query": [ROW]}).json()["tier"] == "prior"
    assert client.post("/v1/demand/predict", json={"task": "s2", "query": [ROW]}).json()["k"] == 1
    assert service.log.traces(DEFAULT_TENANT, "s1") == {"events": 0, "states": 0}


def test_health(client: TestClient) -> None:
    """Up, ready, measured; OpenAPI holds every form."""
    assert client.get("/healthz").json()["status"] == "up"
    assert client.get("/readyz").json() == {"ready": True}
    assert "warmstart_request_seconds" in client.get("/metrics").text
    forms = client.get("/openapi.json").json()["components"]["schemas"]
    assert {"AskedRows", "Event", "Interaction", "Predicted", "Refused"} <= set(forms)


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/price/predict", "{}", 404, "scenario named 'price'"),
        ("/v1/demand/predict", "{", 422, "Invalid JSON"),
        ("/v1/demand/predict", '{"colour": 1}', 422, "colour"),
        ("/v1/demand/predict", '{"query": [{"price": NaN, "kind": "u"}]}', 422, "query.0.price"),
        ("/v1/demand/predict", '{"query": [{"price": 1e400, "kind": "u"}]}', 422, "query.0.price"),
        ("/v1/demand/predict", '{"query": [{"price": "cheap", "kind": "u"}]}', 422, "column 'price': row 0"),
        ("/v1/demand/predict", '{"query": [{"kind": "u"}]}', 422, "column 'price': row 0: missing"),
        ("/v1/demand/predict", '{"query": [{"price": 1, "kind": "u", "colour": 1}]}', 422, "unknown column"),
        ("/v1/demand/predict", '{"query": [{"price": 1, "kind": "\\ud800"}]}', 422, "JSON"),
        ("/v1/demand/predict", '{"query": []}', 422, "no rows"),
        ("/v1/demand/predict", "[" * 10_000, 422, "recursion"),
        ("/v1/demand/predict", "{}", 400, "no catalogue"),
        ("/v1/demand/decide", '{"query": [{"price": 1, "kind": "u"}]}', 400, "no effect"),
        ("/v1/demand/recommend", "{}", 400, "no catalogue"),
        ("/v1/recommend/recommend", '{"block": ["i99"]}', 422, "'block'"),
        ("/v1/events", "{}", 422, "scenario"),
        ("/v1/events?scenario=demand", '{"id": "1"}', 422, "kind"),
        ("/v1/nothing", "{}", 404, "Not Found"),
    ],
)
def test_refused(client: TestClient, path: str, body: str, status: int, said: str) -> None:
    """Each with its status and what is wrong, under the request's id."""
    response = client.post(path, content=body, headers={"x-request-id": "r-1"})
    assert response.status_code == status, response.text
    told = response.json()
    assert said in told["message"]
    assert told["request_id"] == response.headers["x-request-id"] == "r-1"


def test_events_that_cannot_be_used(client: TestClient, service: Service, sold: Make) -> None:
    """Nothing of the batch counts; the event is named."""
    for wrong, said in (
        (sold("2", colour="red"), "event '2': column 'colour'"),
        (sold("2", sold="many"), "event '2': column 'sold'"),
        ({**sold("2"), "time": "2026-01-06T01:00:00Z"}, "event '2' lies in the future"),
        ({**sold("2"), "row": {"price": 1.0, "kind": "u"}}, "event '2': column 'sold': row 1: missing"),
    ):
        response = client.post("/v1/events?scenario=demand", json=[sold("1"), wrong])
        assert response.status_code == 422
        assert said in response.json()["message"]
    assert not list(service.log.since(DEFAULT_TENANT))
    client.post("/v1/events?scenario=demand", json=sold("1"))
    assert client.post("/v1/events?scenario=demand", json=sold("1", sold=1.0)).status_code == 409
