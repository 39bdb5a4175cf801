"""`warmstart policy`: lists in the log, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from warmstart.engine.model import MetaModel
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import connect
from warmstart.store.event import event_of

Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def versions(tmp_path: Path, model: Callable[..., MetaModel], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two versions of `recommend` in shop.db, of which the first answers; twenty explored lists, every other taken."""
    monkeypatch.chdir(tmp_path)
    told: list[dict[str, Any]] = []
    for at in range(20):
        held = {"task": f"t{at}", "time": "2026-01-04T10:00:00Z"}
        shown = {"shown": ["i0", "i1"], "propensities": [0.5, 0.4]}
        told.append({"id": f"{at}", "kind": "impression", **held, **shown})
        if at % 2:
            told.append({"id": f"{at} b", "kind": "interaction", **held, "row": {"item": "i1"}})
    with closing(connect("shop.db")) as database, Service(database, tmp_path / "models") as service:
        names = []
        for seed in (0, 1):
            folder = tmp_path / str(seed)
            names.append(model("choice", seed=seed).save(folder).version)
            service.registry.publish(DEFAULT_TENANT, "recommend", names[-1], folder, service.clock(), {})
        service.promote(DEFAULT_TENANT, "recommend", names[0], "a test")
        service.ingest(DEFAULT_TENANT, "recommend", [event_of(json.dumps(each)) for each in told]).result()
    return names


def test_policy(versions: list[str], run: Run) -> None:
    """What was shown, and by three estimates what another version would have earned."""
    code, out, err = run(f"policy recommend --db shop.db --candidate {versions[1]} --json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["lists"], told["taken"]["mean"], told["window_hours"]) == (20, 0.5, 24.0)
    judged = told["candidate"]
    assert (judged["version"], judged["lists"], judged["places"]) == (versions[1], 20, 2)
    assert judged["live"]["mean"] == 0.5
    assert all(judged[name]["low"] <= judged[name]["mean"] <= judged[name]["high"] for name in ("ips", "snips", "dr"))
    assert json.loads(run("policy recommend --db shop.db --json")[1])["taken"] == told["taken"]
    assert f"{versions[1]}" in run(f"policy recommend --db shop.db --candidate {versions[1]}")[1]


def test_refused(versions: list[str], run: Run) -> None:
    """A version that there is not, a scenario that there is not, a window that is none."""
    assert run("policy recommend --db shop.db --candidate v9")[0] == 2
    assert run("policy price --db shop.db")[0] == 2
    assert run("policy recommend --db shop.db --window-hours 0")[0] == 2
