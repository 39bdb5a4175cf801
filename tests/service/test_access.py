"""Who may ask what: keys of three kinds and two tenants, paths that are none, methods that are none; nothing leaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from warmstart.service.app import create_app
from warmstart.service.jobs.runner import Command, JobRunner
from warmstart.service.service import DEFAULT_TENANT, Service, now
from warmstart.store.database import Database
from warmstart.store.event import event_of
from warmstart.store.jobs import Jobs
from warmstart.store.keys import KeyKind

Make = Callable[..., dict[str, Any]]
ASKED = {
    "adapt": ("POST", "/v1/demand/adapt", {"task": "secret shop"}),
    "predict": ("POST", "/v1/demand/predict", {"task": "secret shop", "query": [{"price": 1.0, "kind": "u"}]}),
    "recommend": ("POST", "/v1/recommend/recommend", {}),
    "decide": ("POST", "/v1/demand/decide", {"query": [{"price": 1.0, "kind": "u"}]}),
    "explain": ("POST", "/v1/demand/explain", {"query": [{"price": 1.0, "kind": "u"}]}),
    "task": ("GET", "/v1/tasks/secret%20shop", None),
    "models": ("GET", "/v1/models?scenario=demand", None),
    "policy": ("GET", "/v1/policy?scenario=recommend", None),
    "drift": ("GET", "/v1/drift?scenario=demand", None),
    "jobs": ("GET", "/v1/jobs?scenario=demand", None),
    "job": ("GET", "/v1/jobs/secret", None),
    "metrics": ("GET", "/metrics", None),
    "events": ("POST", "/v1/events?scenario=demand", []),
    "forget": ("DELETE", "/v1/subjects/secret%20shop", None),
    "promote": ("POST", "/v1/models/VERSION/promote?scenario=demand", {}),
    "roll back": ("POST", "/v1/models/roll-back?scenario=demand", {}),
    "start job": ("POST", "/v1/jobs?scenario=demand", {"kind": "evaluate"}),
    "stop job": ("DELETE", "/v1/jobs/secret", None),
}
"""Every operation that needs a key."""
OPENS = {
    KeyKind.READ: {name for name, (method, path, _) in ASKED.items() if method == "GET" or path.split("/")[-1] == name},
    KeyKind.INGEST: {"events"},
    KeyKind.ADMIN: set(ASKED),
}
NOBODY = (401, "NoKey")


@dataclass
class Door:
    """A service with keys, and one of each kind for two tenants."""

    client: TestClient
    keys: Mapping[tuple[KeyKind, str], str]
    version: str

    def __call__(self, name: str, kind: KeyKind | None, tenant: str = DEFAULT_TENANT, **changed: str) -> Any:
        """The answer to one operation, in the name of a key, with words of its path changed."""
        method, path, body = ASKED[name]
        path = path.replace("VERSION", self.version)
        for old, new in changed.items():
            path = path.replace(old, new)
        headers = {} if kind is None else {"authorization": f"Bearer {self.keys[kind, tenant]}"}
        return self.client.request(method, path, content=None if body is None else json.dumps(body), headers=headers)


@pytest.fixture
def ask(service: Service, database: Database, tmp_path: Path, sold: Make) -> Iterator[Door]:
    """A shop of the default tenant is known there."""
    version = service.live(DEFAULT_TENANT, "demand").model.version
    event = event_of(json.dumps(sold("1", "secret shop")))
    service.ingest(DEFAULT_TENANT, "demand", [event]).result()
    kinds = [(kind, tenant) for kind in KeyKind for tenant in (DEFAULT_TENANT, "other")]
    keys = {(kind, tenant): service.keys.create(tenant, kind, now()) for kind, tenant in kinds}
    with (
        Service(database, tmp_path / "models") as locked,
        closing(JobRunner(Jobs(database), lambda *_: Command(("true",)))) as jobs,
        TestClient(create_app(locked, jobs=jobs)) as client,
    ):
        yield Door(client, keys, version)


def said(response: Any) -> tuple[int, str]:
    """Status and error."""
    return response.status_code, response.json()["error"]


def test_every_operation_is_here(ask: Door) -> None:
    """OpenAPI has no other that asks for a key."""
    paths = ask.client.get("/openapi.json").json()["paths"]
    asks = [each for operations in paths.values() for each in operations.values() if "security" in each]
    assert len(asks) == len(ASKED)


@pytest.mark.parametrize("kind", [None, *KeyKind])
def test_each_kind_of_key(ask: Door, kind: KeyKind | None) -> None:
    """Opens what it is for; a read key writes nothing, an ingest key reads nothing, without a key nothing is opened."""
    for name in ASKED:
        response = ask(name, kind)
        if kind is None:
            assert said(response) == NOBODY
            assert response.headers["www-authenticate"] == "Bearer"
        elif name in OPENS[kind]:
            right = (404,) if name in ("job", "stop job") else (200, 400)  # there is no such job
            assert response.status_code in right, (name, response.text)
        else:
            assert said(response) == (403, "WrongKey"), name


def test_keys_that_are_none(ask: Door) -> None:
    """Refused alike, whatever is wrong with them."""
    key = ask.keys[KeyKind.ADMIN, DEFAULT_TENANT]
    near = [
        key,
        f"Basic {key}",
        f"Bearer {key}x",
        f"Bearer x{key}",
        f"Bearer {key} {key}",
        f"Bearer {key}\0",
        f"bearer\t{key}",
    ]
    none = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer ws__",
        "Bearer ' OR 1=1 --",
        "Bearer ws_\u00e9_\u00e9",
        f"Bearer {'x' * 10_000}",
    ]
    for given in near + none:
        headers = {"authorization": given.encode("latin-1")}
        assert said(ask.client.post("/v1/demand/adapt", json={}, headers=headers)) == NOBODY, given


def test_a_key_that_was_revoked(ask: Door, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opens nothing from the next look on."""
    monkeypatch.setattr("warmstart.service.service._LOOK_AGAIN_S", 0.0)
    assert ask("adapt", KeyKind.READ).status_code == 200
    for key in service.keys.all():
        service.keys.revoke(key.id, now())
    assert said(ask("adapt", KeyKind.READ)) == NOBODY


def told_of(response: Any) -> tuple[int, Any]:
    """All that a caller learns, but for the number of the request."""
    told = response.json() if response.headers["content-type"] == "application/json" else response.text
    return response.status_code, {k: v for k, v in told.items() if k != "request_id"} if isinstance(
        told, dict
    ) else told


def test_a_scenario_of_another_tenant(ask: Door) -> None:
    """Is told of in the words of one that there is none of."""
    for name in set(ASKED) - {"metrics", "task", "forget", "job", "start job", "stop job"}:
        scenario = "recommend" if "recommend" in ASKED[name][1] else "demand"
        held = told_of(ask(name, KeyKind.ADMIN, "other"))
        none = told_of(
            ask(
                name,
                KeyKind.ADMIN,
                "other",
                **{f"/{scenario}/": "/nothing/", f"={scenario}": "=nothing"},
            )
        )
        assert held[0] == (200 if name in ("models", "jobs") else 404), name
        assert str(held).replace(scenario, "nothing") == str(none)


def test_a_task_and_a_person_of_another_tenant(ask: Door) -> None:
    """Are told of as those that nobody has heard of, and stay as they are."""
    for name in ("task", "forget", "job", "stop job"):
        theirs, none = ask(name, KeyKind.ADMIN, "other"), ask(name, KeyKind.ADMIN, "other", secret="unheard")
        assert str(told_of(theirs)).replace("secret", "unheard") == str(told_of(none))
    assert ask("adapt", KeyKind.READ).json()["k"] == 1


def test_paths_that_are_none(ask: Door) -> None:
    """Not found, with and without a key; nobody is led anywhere else."""
    key = {"authorization": f"Bearer {ask.keys[KeyKind.ADMIN, DEFAULT_TENANT]}"}
    near = ["//v1/models", "/v1//models", "/v1/models/", "/v1/./models/", "/V1/models", "/v1/models;x", "/v1/models%00"]
    none = [
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/v1\\models",
        "/.git/config",
        "/docs",
        "/redoc",
        "/",
    ]
    for path in near + none:
        for headers in ({}, key):
            asked = {"params": {"scenario": "demand"}, "headers": headers}
            response = ask.client.get(path, follow_redirects=False, **asked)
            assert (response.status_code, response.headers.get("location")) == (404, None), (path, response.text)
            assert "demand" not in response.text


def test_methods_that_are_none(ask: Door) -> None:
    """Not allowed, and which is; nothing of the request comes back."""
    for method in ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PUT", "PATCH", "FOO"):
        for name, (right, path, _) in ASKED.items():
            response = ask.client.request(method, path, headers={"authorization": "Bearer secret", "x-echo": "secret"})
            assert response.status_code == 405, (method, name)
            assert right in response.headers["allow"].split(", "), (method, name)
            assert "secret" not in response.text
