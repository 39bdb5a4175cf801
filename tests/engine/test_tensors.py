"""Trees of arrays on disk, whole or not at all, and never with a changed byte."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from warmstart.engine.tensors import (
    flatten,
    read_json,
    read_tensors,
    unflatten,
    write_atomic,
    write_json,
    write_tensors,
)
from warmstart.errors import DamagedFile, NotReady

TREE = {
    "number": np.float32(2.5),
    "inner": {
        "matrix": np.arange(6, dtype=np.int64).reshape(2, 3).T,
        "nothing": {},
        "deep": {"flag": np.array([True])},
    },
    "empty": np.zeros((0, 4), np.float32),
}


def test_tree_round_trip(tmp_path: Path) -> None:
    """Shapes (scalars too), types, values and mappings of nothing come back as they were."""
    digest = write_tensors(tmp_path / "t.safetensors", TREE)
    again = read_tensors(tmp_path / "t.safetensors", digest)
    assert again["inner"]["nothing"] == {}
    assert jax.tree.structure(again) == jax.tree.structure(TREE)
    for mine, other in zip(jax.tree.leaves(again), jax.tree.leaves(TREE), strict=True):
        assert mine.dtype == other.dtype
        assert mine.shape == np.shape(other)
        assert np.array_equal(mine, other)


def test_flatten() -> None:
    """Keys are joined by a slash, and taken apart again."""
    flat = flatten({"a": {"b": np.zeros(1)}, "c": np.ones(2), "d": {}})
    assert set(flat) == {"a/b", "c", "d/"}
    assert set(unflatten(flat)) == {"a", "c", "d"}


@pytest.mark.parametrize("at", [0, 7, 8, 20, -1])
def test_changed_byte(tmp_path: Path, at: int) -> None:
    """Length, header or data: whatever is changed, the file is refused."""
    path = tmp_path / "t.safetensors"
    digest = write_tensors(path, TREE)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match="sha256 differs"):
        read_tensors(path, digest)


def test_right_digest_of_no_tensors(tmp_path: Path) -> None:
    """A file that is intact but of another format is refused too."""
    from warmstart.engine.tensors import sha256

    write_atomic(tmp_path / "t", b"hello, world")
    with pytest.raises(DamagedFile, match="not a safetensors file"):
        read_tensors(tmp_path / "t", sha256(b"hello, world"))


def test_missing_file(tmp_path: Path) -> None:
    """What is not there is not ready, rather than damaged."""
    with pytest.raises(NotReady, match="cannot read"):
        read_tensors(tmp_path / "none", "")
    with pytest.raises(NotReady, match="cannot read"):
        read_json(tmp_path / "none")


def test_unwritable(tmp_path: Path) -> None:
    """A file where a folder should be: one clear error."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotReady, match="cannot write"):
        write_atomic(tmp_path / "file" / "t", b"data")


def test_torn_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails half-way the old content stays, and nothing else."""
    write_atomic(tmp_path / "t", b"old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warmstart.engine.tensors.os.fsync", fail)
    with pytest.raises(NotReady, match="No space left"):
        write_atomic(tmp_path / "t", b"new content")
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    assert (tmp_path / "t").read_bytes() == b"old"


def test_json_round_trip(tmp_path: Path) -> None:
    """Text of any script and numbers of any size come back; what JSON cannot hold is refused before it is written."""
    value = {"名": ["ü", None, True], "small": 1e-05, "third": 1 / 3}
    write_json(tmp_path / "v.json", value)
    assert read_json(tmp_path / "v.json") == value
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "w.json", float("nan"))
    assert not (tmp_path / "w.json").exists()


@pytest.mark.parametrize(
    ("old", "new"), [("1e-05", "1E-05"), ("\n", "\t"), ('"a"', "'a'"), ("1e-05", "NaN  "), ("true", "tru\xff")]
)
def test_json_with_a_changed_byte(tmp_path: Path, old: str, new: str) -> None:
    """Also a change that means the same is refused: the bytes are not those that were written."""
    path = tmp_path / "v.json"
    write_json(path, {"a": 1e-05, "b": True})
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode("latin-1"), 1))
    with pytest.raises(DamagedFile):
        read_json(path)
