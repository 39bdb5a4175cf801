"""A checkpoint on its way to another machine and back: in place where it can be seen, else as a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmstart.engine.remote_folder import RemoteFolder


def state(folder: Path) -> dict[str, bytes]:
    """All files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a checkpoint, and the mark of a run that broke off."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.safetensors").write_bytes(b"1")
    (tmp_path / "part" / "state.json").write_bytes(b"a")
    (tmp_path / "old.mark").touch()
    return tmp_path


def test_in_place(folder: Path) -> None:
    """Who finds the mark works in the folder, and sends nothing."""
    remote = RemoteFolder.of(folder)
    with remote.opened() as (place, back):
        assert place == folder
        (place / "new").write_bytes(b"2")
    assert back == {}
    remote.close(back)
    assert set(state(folder)) == {"part/a.safetensors", "part/state.json", "old.mark", "new"}


def test_copy(folder: Path) -> None:
    """Who does not find it works on a copy; what that has become is kept when it is back."""
    remote = RemoteFolder.of(folder)
    remote.mark.unlink()  # as on a machine with a file system of its own
    with remote.opened() as (place, back):
        assert place != folder
        assert state(place) == {"part/a.safetensors": b"1", "part/state.json": b"a"}
        (place / "part" / "b.safetensors").write_bytes(b"2")
        (place / "part" / "state.json").write_bytes(b"b")
    assert not place.exists()
    assert state(folder)["part/state.json"] == b"a"
    remote.close(back)
    found = {"part/a.safetensors": b"1", "part/b.safetensors": b"2", "part/state.json": b"b", "old.mark": b""}
    assert state(folder) == found


def test_cut_off(folder: Path) -> None:
    """Where it cannot be kept whole there is no manifest that names what is not there."""
    (folder / "part" / "b.safetensors").mkdir()
    with pytest.raises(Exception, match="cannot write"):
        RemoteFolder.of(folder).close({"part/state.json": b"b", "part/b.safetensors": b"2"})
    assert set(state(folder)) >= {"part/a.safetensors"}
    assert not (folder / "part" / "state.json").exists()
