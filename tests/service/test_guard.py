"""`Guard`: bodies that are too large, packed bombs, crowds, and what takes too long."""

from __future__ import annotations

import gzip
import threading
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from warmstart.service.guard import Guard
from warmstart.service.limits import Limits


class Door:
    """A guard before an app that waits where it is told to, and tells how long the body was."""

    def __init__(self, **limits: Any) -> None:
        self.inside, self.go = threading.Semaphore(0), threading.Event()
        self.seen: list[tuple[str, str, int]] = []
        self.client = TestClient(Guard(self.app, Limits(**limits), self.see), raise_server_exceptions=False)

    def see(self, method: str, route: str, status: int, _seconds: float, _name: str) -> None:
        """What metrics are told."""
        self.seen.append((method, route, status))

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """The app."""
        body = (await receive())["body"]
        if scope["path"] == "/wait":
            self.inside.release()
            await anyio.to_thread.run_sync(self.go.wait, 20)
        if scope["path"] == "/fail":
            raise RuntimeError("secret")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(len(body)).encode()})


def test_bodies() -> None:
    """Up to the limit, packed or not; beyond it 413; what is no gzip 400; other packings 415."""
    client = Door(body_bytes=1000).client
    assert client.post("/", content=b"x" * 1000).text == "1000"
    assert client.post("/", content=b"x" * 1001).status_code == 413
    assert client.post("/", content=iter([b"x" * 600, b"x" * 600])).status_code == 413
    packed = {"content-encoding": "gzip"}
    assert client.post("/", content=gzip.compress(b"x" * 1000), headers=packed).text == "1000"
    assert client.post("/", content=gzip.compress(bytes(10**8)), headers=packed).status_code == 413
    assert client.post("/", content=gzip.compress(b"x" * 50)[:-4], headers=packed).status_code == 400
    assert client.post("/", content=b"x", headers=packed).status_code == 400
    assert client.post("/", content=b"x", headers={"content-encoding": "br"}).status_code == 415


def test_a_crowd() -> None:
    """More at once than can be done: refused at once, with the time to come again; health is always told."""
    door = Door(at_once=2)
    threads = [threading.Thread(target=door.client.post, args=("/wait",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert door.inside.acquire(timeout=20)
    refused = door.client.post("/")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert door.client.get("/healthz").status_code == 200
    door.go.set()
    for thread in threads:
        thread.join()
    assert door.client.post("/").status_code == 200


def test_what_takes_too_long() -> None:
    """Given up, and said so."""
    door = Door(seconds=0.2)
    refused = door.client.post("/wait")
    door.go.set()
    assert (refused.status_code, refused.json()["error"]) == (503, "TooSlow")


def test_our_own_faults(caplog: pytest.LogCaptureFixture) -> None:
    """The caller is told no more than the request's id; the log has the rest; metrics count it."""
    door = Door()
    refused = door.client.post("/fail", headers={"x-request-id": "r-1"})
    assert refused.status_code == 500
    assert "secret" not in refused.text
    assert "r-1" in caplog.text
    assert door.seen == [("POST", "", 500)]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "ä"])
def test_request_ids_that_are_none(given: str) -> None:
    """Nothing of the caller's gets into the log but plain names."""
    told = Door().client.post("/", headers={"x-request-id": given.encode()}).headers["x-request-id"]
    assert len(told) == 32
