"""`doctor` tells what is there and fails only for what is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmstart.cli.app import main
from warmstart.cli.doctor import Check, diagnose


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
