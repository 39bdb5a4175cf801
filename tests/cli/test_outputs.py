"""What cannot be written is refused before the work starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmstart.cli._outputs import check_file, check_folder, check_model_folder
from warmstart.errors import UsageError


def test_what_can_be_written(tmp_path: Path) -> None:
    """A new file, one to replace, a new folder below none, an empty one, one with a model, one with a checkpoint."""
    (tmp_path / "old.json").write_text("{}")
    for name in ("manifest.json", "arrays.safetensors", "readme.txt"):
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / name).touch()
    (tmp_path / "broken" / "checkpoint").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    check_file(None)
    for name in ("new.json", "old.json"):
        check_file(tmp_path / name)
    for name in ("a/b/c", "empty", "model", "broken"):
        check_model_folder(tmp_path / name)


def test_what_cannot(tmp_path: Path) -> None:
    """A folder as a file, a file as a folder, and a folder of something else."""
    (tmp_path / "file").touch()
    for path, said in (
        (tmp_path, "name a file"),
        (tmp_path / "file" / "x", "not a folder"),
        (tmp_path / "a/b", "a is not"),
    ):
        with pytest.raises(UsageError, match=said):
            check_file(path)
    with pytest.raises(UsageError, match="file is not a folder"):
        check_folder(tmp_path / "file" / "model")
    with pytest.raises(UsageError, match="holds 'file' and no model"):
        check_model_folder(tmp_path)


def test_folder_without_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that this user may not write is refused, for files and models."""
    monkeypatch.setattr("os.access", lambda path, mode: False)
    for check in (check_folder, lambda path: check_file(path / "o.json")):
        with pytest.raises(UsageError, match="is not writable"):
            check(tmp_path)
