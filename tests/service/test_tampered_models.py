"""Models that were changed in the database, or handed in by somebody else: refused by name; the one before answers."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from warmstart.engine.model import MetaModel
from warmstart.errors import DamagedFile
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database

PICKLE = b"cposix\nsystem\n(S'touch executed'\ntR."
FILE = "arrays.safetensors"
PLACE = "tenant = ? AND scenario = ? AND version = ?"


def sha(content: bytes) -> str:
    """As the registry keeps it."""
    return hashlib.sha256(content).hexdigest()


def rename(name: str) -> tuple[str, tuple[Any, ...]]:
    """Statement and values: the manifest is called something else."""
    return f"UPDATE model_files SET name = ? WHERE name = 'manifest.json' AND {PLACE}", (name,)


def replaced(name: str, content: Any, digest: str) -> tuple[str, tuple[Any, ...]]:
    """Statement and values: a file holds something else."""
    return f"UPDATE model_files SET content = ?, sha256 = ? WHERE name = '{name}' AND {PLACE}", (content, digest)


TAMPERED = {
    "a path upwards": rename("../../escaped"),
    "an absolute path": rename("{root}/escaped"),
    "a name with a separator": rename("a/b"),
    "no name": rename(""),
    "a file less": (f"DELETE FROM model_files WHERE name = 'manifest.json' AND {PLACE}", ()),
    "text for bytes": replaced("manifest.json", "{}", sha(b"{}")),
    "a pickle": replaced("arrays.safetensors", PICKLE, sha(PICKLE)),
    "a pickled manifest": replaced("manifest.json", PICKLE, sha(PICKLE)),
    "nothing": replaced("arrays.safetensors", b"", sha(b"")),
    "a wrong hash": replaced("arrays.safetensors", b"", "0" * 64),
}


@pytest.fixture
def outside(tmp_path: Path) -> Callable[[], set[Path]]:
    """Tells every file but those of the cache."""
    return lambda: {path for path in tmp_path.rglob("*") if tmp_path / "cache" not in (path, *path.parents)}


@pytest.mark.parametrize("how", TAMPERED)
def test_in_the_database(
    service: Service, database: Database, tmp_path: Path, how: str, outside: Callable[[], set[Path]]
) -> None:
    """A service that starts refuses the version, and so does a promotion; nothing lands beside the cache."""
    new, old = service.registry.pointer(DEFAULT_TENANT, "demand").versions
    sql, values = TAMPERED[how]
    values = tuple(v.format(root=tmp_path) if isinstance(v, str) and "{root}" in v else v for v in values)
    with database.write() as transaction:
        transaction.run(sql, *values, DEFAULT_TENANT, "demand", new)
    before = outside()
    with Service(database, tmp_path / "cache") as started:
        assert started.live(DEFAULT_TENANT, "demand").model.version == old
        assert started.ready() == ["demand", "recommend"]
        with pytest.raises(DamagedFile, match=new):
            started.promote(DEFAULT_TENANT, "demand", new, "again")
    assert outside() == before
    assert {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()} == {"manifest.json", FILE}


def test_a_version_under_the_name_of_another(service: Service, database: Database, tmp_path: Path) -> None:
    """Whole, sealed, and not what its name says: refused, for an answer would name a version that it is not from."""
    new, old = service.registry.pointer(DEFAULT_TENANT, "demand").versions
    with database.write() as transaction:
        transaction.run("DELETE FROM model_files WHERE version = ?", new)
        transaction.run("UPDATE model_files SET version = ? WHERE version = ?", new, old)
    with Service(database, tmp_path / "cache") as started, pytest.raises(DamagedFile, match=old):
        started.promote(DEFAULT_TENANT, "demand", new, "again")


def test_a_torn_copy(service: Service, tmp_path: Path) -> None:
    """A copy on this disk that a power cut has emptied is taken from the database again."""
    version = service.registry.pointer(DEFAULT_TENANT, "demand").versions[0]
    folder = service.registry.fetch(DEFAULT_TENANT, "demand", version, tmp_path / "cache")
    whole = (folder / FILE).read_bytes()
    for change in (lambda: (folder / FILE).write_bytes(b""), (folder / FILE).unlink):
        change()
        assert service.registry.fetch(DEFAULT_TENANT, "demand", version, tmp_path / "cache") == folder
        assert (folder / FILE).read_bytes() == whole


def test_readiness_names_nothing(service: Service, database: Database, client: TestClient, monkeypatch: Any) -> None:
    """Asked without a key, it says that it is not ready and no more: neither scenario nor version."""
    monkeypatch.setattr("warmstart.service.service._LOOK_AGAIN_S", 0.0)
    with database.write() as transaction:
        transaction.run(
            "INSERT INTO promotions (tenant, scenario, version, thousandths, at, why) "
            "VALUES ('t', 'secret', 'v', 1000, 0, '')"
        )
    told = client.get("/readyz")
    assert (told.status_code, told.json()["error"]) == (503, "NotReady")
    assert "secret" not in told.text


@pytest.mark.parametrize("file", ["manifest.json", FILE])
def test_handed_to_serve(model: Callable[..., MetaModel], tmp_path: Path, file: str) -> None:
    """`warmstart serve` ends with the name of the folder, as for any bad input, before anything is kept or run."""
    replace(model("number"), info={"scenario": "demand"}).save(tmp_path / "evil")
    (tmp_path / "evil" / file).write_bytes(PICKLE)
    program = Path(sys.executable).with_name("warmstart")
    command = [program, "serve", "evil", "--db", "shop.db"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1), ended.stderr
    assert f"evil/{file}" in ended.stderr
    assert not (tmp_path / "executed").exists()
    assert not ended.stdout
