"""A service without keys answers everybody on its machine, until there is one."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from warmstart.service import service as module
from warmstart.service.app import create_app
from warmstart.service.service import DEFAULT_TENANT, Service, now
from warmstart.store.keys import KeyKind


def test_first_key_closes_a_service_that_runs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks without a key is refused as soon as the service looks again; also after the key was revoked."""
    asked = "/v1/models?scenario=demand"
    with TestClient(create_app(service)) as client:
        assert client.get(asked).status_code == 200
        key = service.keys.create(DEFAULT_TENANT, KeyKind.READ, now())
        monkeypatch.setattr(module, "_LOOK_AGAIN_S", 0.0)
        assert client.get(asked).status_code == 401
        assert client.get(asked, headers={"authorization": f"Bearer {key}"}).status_code == 200
        service.keys.revoke(service.keys.all()[0].id, now())
        assert client.get(asked).status_code == 401
