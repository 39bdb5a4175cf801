"""`doctor` tells what is there and fails only for what is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmstart.cli.app import main
from warmstart.cli.doctor import Check, diagnose, look_into
from warmstart.engine.model import MetaModel
from warmstart.store.database import connect
from warmstart.store.keys import KeyKind, Keys
from warmstart.store.registry import Registry


def check(name: str) -> Check:
    """The check of this name."""
    return next(c for c in diagnose() if c.name == name)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` is one object that names every check."""
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert {"warmstart", "python", "cores", "memory", "jax", "jax device", "cache folder"} <= {
        c["name"] for c in report["checks"]
    }


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--json` the same things stand in a table."""
    assert main(["doctor"]) == 0
    assert "jax device" in capsys.readouterr().out


def test_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the cache folder should be: exit code 4, and the variable to set is named."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "file"))
    assert main(["doctor", "--json"]) == 4
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ok"] is False
    assert shown.err == "error: missing: cache folder\n"
    assert "WARMSTART_CACHE" in check("cache folder").found


def test_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder is shown where there is one, and missed by nobody where there is none."""
    monkeypatch.setenv("WARMSTART_DATA", str(tmp_path))
    assert check("data folder") == Check("data folder", True, False, str(tmp_path))
    monkeypatch.delenv("WARMSTART_DATA")
    assert (check("data folder").ok, check("data folder").needed) == (False, False)


def test_database(tmp_path: Path, model: Callable[..., MetaModel], capsys: pytest.CaptureFixture[str]) -> None:
    """`--db` counts what the database holds, and names the version of a model that has another byte than it had."""
    url, now = f"sqlite:///{tmp_path / 'shop.db'}", datetime(2026, 1, 5, tzinfo=UTC)
    version = model("number").save(tmp_path / "model").version
    with closing(connect(url)) as database:
        Registry(database).publish("default", "demand", version, tmp_path / "model", now, {})
        Keys(database).create("default", KeyKind.READ, now)
        found = {check.name: check.found for check in look_into(url)}
        assert (found["models"], found["whole models"], found["keys"]) == ("1", "all", "1 valid")
        assert found["free disk"].endswith(f"GiB at {tmp_path}")
        with database.write() as transaction:
            transaction.run("UPDATE model_files SET content = ? WHERE name = 'manifest.json'", b"{}")
    assert main(["doctor", "--json", "--db", url]) == 4
    shown = capsys.readouterr()
    assert f"damaged: demand {version}" in shown.out
    assert shown.err == "error: missing: whole models\n"


def test_database_that_is_not_there(tmp_path: Path) -> None:
    """No file is made of a path that was mistyped, and no password is shown of a server that does not answer."""
    wrong = {check.name: check for check in look_into(f"sqlite:///{tmp_path / 'none.db'}")}["database"]
    assert not wrong.ok
    assert "none.db: no such file" in wrong.found
    assert list(tmp_path.iterdir()) == []
    away = {check.name: check for check in look_into("postgresql://anna:secret@127.0.0.1:1/shop")}["database"]
    assert not away.ok
    assert "does not answer" in away.found
    assert "secret" not in away.found
