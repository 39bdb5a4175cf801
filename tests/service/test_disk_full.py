"""A disk with no room left: what cannot be kept is refused with the reason; all goes on when there is room again."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from processes import Start
from warmstart.engine.model import MetaModel
from warmstart.errors import NotReady
from warmstart.service.serve import publish
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import connect
from warmstart.store.log import EventLog

AT_ONCE = 100
DISK, BALLAST, MODEL = 24 * 2**20, 12 * 2**20, 4 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Half of it is a file that can be taken away."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True) if mount else None
    if done is None or done.returncode:
        pytest.skip(f"no disk of its own can be made here: {done.stderr if done else 'there is no mount'}")
    (folder / "ballast").write_bytes(bytes(BALLAST))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def batch(at: int) -> list[dict[str, Any]]:
    """Events of one request."""
    row = {"price": 1.0, "kind": "u", "sold": 90.0}
    told = {"kind": "interaction", "time": "2026-01-05T10:00:00Z", "row": row}
    return [{**told, "id": f"{at}-{i}", "task": f"s{i}"} for i in range(AT_ONCE)]


def test_no_room(disk: Path, start: Start, model: Callable[..., MetaModel], tmp_path: Path) -> None:
    """Events and a new version are refused, answers are given; nothing acknowledged is lost, nothing counts twice."""
    url = f"sqlite:///{disk / 'shop.db'}"
    new = (
        replace(model("number", seed=7), info={"scenario": "demand", "note": "x" * MODEL})
        .save(tmp_path / "new")
        .version
    )
    process = start(db=url)

    def tell(at: int) -> Any:
        return process.client.post("/v1/events?scenario=demand", json=batch(at))

    full = next(at for at in range(10_000) if tell(at).status_code != 200)
    refused = tell(full)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "the disk is full" in refused.json()["message"]
    about = {"task": "s1", "query": [{"price": 1.0, "kind": "u"}]}
    answer = process.client.post("/v1/demand/predict", json=about).json()
    assert (answer["k"], answer["fresh"]) == (full, True)
    with closing(connect(url)) as database, Service(database, tmp_path / "cache") as service:
        with pytest.raises(NotReady, match="the disk is full"):
            publish(service, [tmp_path / "new"])
        assert new not in {each.version for each in service.registry.entries(DEFAULT_TENANT, "demand")}
        (disk / "ballast").unlink()
        assert tell(full).json()["new"] == AT_ONCE
        assert publish(service, [tmp_path / "new"]) == [("demand", new)]
        held = [each.event.id for each in EventLog(database).since(DEFAULT_TENANT)]
    assert held == [each["id"] for at in range(full + 1) for each in batch(at)]
    assert json.loads(process.client.get("/v1/models?scenario=demand").text)[0]["version"] == new
    assert process.end() == 0
