"""`Client` and `AsyncClient`: the same verbs, the same errors, and patience."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from warmstart.client import AsyncClient, Client
from warmstart.errors import Conflict, DataError, InternalError, NotReady, UsageError, UserError

Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers in the place of a service, one answer after the other; the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next one."""
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Asks a wire by a verb: `ask(wire, "predict", "price", …)`, with either client."""
    monkeypatch.setattr("warmstart.client._Connected._waits", lambda self, call: iter([0.0] * 2 * call.safe))
    monkeypatch.setattr("warmstart.client._asked_to_wait", lambda _: 0.0)
    transport = httpx.MockTransport

    def sync(wire: Wire, verb: str, *given: Any, **more: Any) -> Any:
        with Client("http://shop", "ws_1_2") as client:
            client._http = httpx.Client(transport=transport(wire), **client._settings)
            return getattr(client, verb)(*given, **more)

    async def later(wire: Wire, verb: str, *given: Any, **more: Any) -> Any:
        async with AsyncClient("http://shop", "ws_1_2") as client:
            client._http = httpx.AsyncClient(transport=transport(wire), **client._settings)
            return await getattr(client, verb)(*given, **more)

    return sync if request.param == "sync" else lambda *given, **more: asyncio.run(later(*given, **more))


def refusal(status: int, error: str) -> httpx.Response:
    """As the service refuses."""
    return httpx.Response(status, json={"error": error, "message": "why", "request_id": "r-1"})


def test_a_verb(ask: Callable[..., Any]) -> None:
    """Path, key and body; what is not said is not sent."""
    wire = Wire(httpx.Response(200, json={"mean": [1.0]}))
    assert ask(wire, "predict", "used cars/é", [{"year": 2017}], task="a1") == {"mean": [1.0]}
    (request,) = wire.asked
    assert request.url.raw_path == b"/v1/used%20cars%2F%C3%A9/predict"
    assert request.headers["authorization"] == "Bearer ws_1_2"
    assert json.loads(request.content) == {"task": "a1", "query": [{"year": 2017}]}


def test_versions_and_jobs(ask: Callable[..., Any]) -> None:
    """What is asked of the service by each."""
    wire = Wire(httpx.Response(200, json={}))
    for verb, *given in (
        ("promote", "price", "v1", 0.5),
        ("start_job", "price", "meta-update"),
        ("jobs", "price"),
        ("job", "7"),
        ("stop_job", "7"),
    ):
        ask(wire, verb, *given)
    assert [f"{each.method} {each.url.raw_path.decode()}" for each in wire.asked] == [
        "POST /v1/models/v1/promote?scenario=price&share=0.5",
        "POST /v1/jobs?scenario=price",
        "GET /v1/jobs?scenario=price",
        "GET /v1/jobs/7",
        "DELETE /v1/jobs/7",
    ]


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (409, "Conflict", Conflict),
        (422, "DataError", DataError),
        (400, "UsageError", UsageError),
        (404, "NotFound", UserError),
        (401, "NoKey", UserError),
        (500, "InternalError", InternalError),
    ],
)
def test_errors(ask: Callable[..., Any], status: int, name: str, kind: type[Exception]) -> None:
    """The error that the service names, with the request's id; asked once."""
    wire = Wire(refusal(status, name))
    with pytest.raises(kind, match=r"why \(request r-1\)"):
        ask(wire, "models", "price")
    assert len(wire.asked) == 1


def test_it_asks_again(ask: Callable[..., Any]) -> None:
    """After a lost connection and a crowd; with the same event ids."""
    wire = Wire(httpx.ConnectError("refused"), refusal(429, "Overloaded"), httpx.Response(200, json={"new": 1}))
    event = Client.interaction("a1", {"price": 1})
    assert ask(wire, "tell", "price", [event]) == {"new": 1}
    assert len({request.content for request in wire.asked}) == 1
    assert len(wire.asked) == 3


def test_it_gives_up(ask: Callable[..., Any]) -> None:
    """After its tries, with the last reason; what must not happen twice is tried once."""
    wire = Wire(httpx.ConnectError("refused"))
    with pytest.raises(NotReady, match="refused"):
        ask(wire, "ready")
    assert len(wire.asked) == 3
    crowd = Wire(refusal(503, "NotReady"))
    with pytest.raises(NotReady, match="why"):
        ask(crowd, "roll_back", "price")
    assert len(crowd.asked) == 1


def test_what_is_no_answer_of_ours(ask: Callable[..., Any]) -> None:
    """A page of a proxy: an error, not a traceback."""
    with pytest.raises(InternalError, match="502 without a reason"):
        ask(Wire(httpx.Response(502, text="<html>")), "ready")


def test_what_json_cannot_hold(ask: Callable[..., Any]) -> None:
    """NaN, or an object: refused before anything is sent."""
    wire = Wire(httpx.Response(200, json={}))
    for wrong in (float("nan"), object()):
        with pytest.raises(DataError, match="JSON cannot hold"):
            ask(wire, "predict", "price", [{"year": wrong}])
    assert not wire.asked


def test_no_tries() -> None:
    """At least one."""
    with pytest.raises(UsageError, match="tries"):
        Client("http://shop", tries=0)


def test_it_needs_httpx_alone() -> None:
    """Nothing heavy is imported with it."""
    heavy = ("numpy", "polars", "jax", "pydantic", "fastapi", "apsw")
    script = f"import sys, warmstart.client; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
