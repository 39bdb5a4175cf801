"""Names and texts that somebody might run: as SQL, HTML, a formula, a line of a log, a path. Here they are text."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from warmstart.cli.app import main
from warmstart.service.app import create_app
from warmstart.service.fault_log import fault_log
from warmstart.service.request_log import request_log
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database
from warmstart.store.log import EventLog

Make = Callable[..., dict[str, Any]]
HOSTILE = [
    "'; DROP TABLE events; --",
    "' OR '1'='1",
    "%' OR 1=1 --",
    "$1 ? %s :name",
    "x'); DELETE FROM keys; --",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}${7*7}#{7*7}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1-1",
    "-1",
    'a\n{"event": "request", "status": 200}',
    "a\r\nset-cookie: stolen=1",
    "a\u2028b\u2029c\x85d",
    "\x1b[31mred\x1b[0m",
    "../../etc/passwd",
    "a/b;c?d#e",
    "\u202egnp.exe",
    "\ufeffbom",
    "x" * 256,
]


def test_a_name_is_a_name(client: TestClient, database: Database, sold: Make) -> None:
    """As id, task, person, item and value: kept as it is, found by itself alone, and taken away by itself alone."""
    assert client.post("/v1/events?scenario=demand", json=sold("other", "other")).json()["new"] == 1
    for text in HOSTILE:
        told = {**sold(text, text), "person": text, "row": {"price": 1.0, "kind": text, "sold": 90.0}}
        item = {"id": f"item {text[:250]}", "kind": "item", "item": text, "time": told["time"], "row": {"note": text}}
        assert client.post("/v1/events?scenario=demand", json=[told, item]).json()["new"] == 2
        assert client.post("/v1/events?scenario=demand", json=told).json()["known"] == 1
        (card,) = client.get(f"/v1/tasks/{quote(text, safe='')}").json()
        assert (card["task"], card["k"]) == (text, 1)
    kept = {logged.event.id: logged.event for logged in EventLog(database).since(DEFAULT_TENANT)}
    for text in HOSTILE:
        assert (kept[text].task, kept[text].person, kept[text].row["kind"]) == (text, text, text)
        assert client.delete(f"/v1/subjects/{quote(text, safe='')}").json()["events"] == {"demand": 1}
    assert client.post("/v1/demand/adapt", json={"task": "other"}).json()["k"] == 1
    left = [logged.event.id for logged in EventLog(database).since(DEFAULT_TENANT)]
    assert left == ["other", *(f"item {text[:250]}" for text in HOSTILE)]


def test_a_scenario_of_that_name(client: TestClient) -> None:
    """There is none: not found, as text in JSON; nothing of it is in a header or in what Prometheus reads."""
    for text in HOSTILE:
        name = quote(text, safe="")
        for path, body in ((f"/v1/{name}/predict", {}), (f"/v1/events?scenario={name}", [])):
            response = client.post(path, json=body)
            assert response.status_code == 404, (text, response.text)
            assert response.headers["content-type"] == "application/json"
            assert set(response.headers) == {"content-type", "content-length", "x-request-id"}
        assert client.get(f"/v1/models?scenario={name}").json() == []
    measured = client.get("/metrics").text
    assert not [text for text in HOSTILE if len(text) > 3 and text in measured]
    assert {line.split(" ")[0].partition("{")[0][:10] for line in measured.splitlines()} == {"#", "warmstart_"}


def test_every_log_line_is_one_line(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, and faults of ours with what a caller said in their traceback: JSON, one line each, none forged."""
    stream = io.StringIO()
    logger, handler = logging.getLogger("warmstart"), fault_log(stream)
    logger.addHandler(handler)

    def fail(*_: object) -> None:
        raise RuntimeError('fault\n{"event": "request", "status": 200}')

    try:
        with TestClient(create_app(service, request_log(stream)), raise_server_exceptions=False) as client:
            for text in HOSTILE:
                client.post(f"/v1/{quote(text, safe='')}/predict", json={"task": text}, headers={"user-agent": "a b"})
                client.request(quote(text[:20], safe=""), "/healthz")
            with monkeypatch.context() as patch:
                patch.setattr(service, "live", fail)
                assert client.post("/v1/demand/adapt", json={}).status_code == 500
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line["event"] for line in lines if "traceback" not in line} == {"request"}
    (fault,) = (line for line in lines if "traceback" in line)
    assert "fault\n" in fault["traceback"]
    assert len(lines) == 2 * len(HOSTILE) + 2
    assert stream.getvalue().isascii()


def test_events_export(client: TestClient, tmp_path: Path, sold: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """One ASCII line of JSON each, which begins with a brace: no formula, no second line; read again it is the same."""
    told = [{**sold(text, text), "row": {"price": 1.0, "kind": text, "sold": 1.0}} for text in HOSTILE]
    assert client.post("/v1/events?scenario=demand", json=told).json()["new"] == len(HOSTILE)
    main(["events", "export", "--db", str(tmp_path / "warmstart.db")])
    out = capsys.readouterr().out
    assert out.isascii()
    lines = out.splitlines()
    assert [json.loads(line)["task"] for line in lines] == HOSTILE
    assert {cell[:1] for line in lines for cell in next(csv.reader([line]))[:1]} == {"{"}
