"""Models that somebody has tampered with: refused by name, nothing is executed, nothing is written anywhere."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as read_arrays
from safetensors.numpy import save as write_arrays

from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load
from warmstart.engine.tensors import sha256
from warmstart.errors import DamagedFile, NotReady

LONG = "WARMSTART_FAULTS" in os.environ
CASES = 5_000 if LONG else 150
"""Of bytes, and of manifests; `make faults` wants many."""
fuzzed = settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = ("manifest.json", "arrays.safetensors")
PICKLE = b"cposix\nsystem\n(S'touch executed'\ntR."
"""Makes a file where it is unpickled."""


@pytest.fixture
def saved(model: Callable[..., MetaModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model, beside which nothing else is; the working directory is another empty one."""
    model("number").save(tmp_path / "model")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "model"


def resealed(folder: Path, change: Callable[[dict[str, Any]], Any], arrays: bytes | None = None) -> None:
    """Change the manifest, and the arrays, as somebody would who knows how their hashes are made."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["content_sha256"]
    if arrays is not None:
        (folder / "arrays.safetensors").write_bytes(arrays)
        manifest["arrays"] = sha256(arrays)
    change(manifest)
    seal = sha256(json.dumps(manifest, sort_keys=True).encode())
    text = json.dumps({**manifest, "content_sha256": seal}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")


def refused(folder: Path) -> None:
    """It is, by the name of its folder; and nothing was written on the way."""
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    with pytest.raises(DamagedFile, match=folder.name):
        load(folder)
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before


def test_a_pickle_is_not_read(saved: Path) -> None:
    """In place of either file, under a right hash too, it is bytes that are no model."""
    whole = (saved / "manifest.json").read_bytes()
    (saved / "manifest.json").write_bytes(PICKLE)
    refused(saved)
    (saved / "manifest.json").write_bytes(whole)
    resealed(saved, lambda manifest: None, PICKLE)
    refused(saved)
    path = saved / "arrays.safetensors"
    np.save(saved / "object.npy", np.array([{"an": "object"}], dtype=object))
    resealed(saved, lambda manifest: None, (saved / "object.npy").read_bytes())
    refused(saved)
    assert path.exists()


@pytest.mark.parametrize("name", ["../elsewhere", "{root}/elsewhere", "codec/../../elsewhere", "\0", "a/" * 5_000])
def test_names_of_arrays_are_no_paths(saved: Path, name: str) -> None:
    """Wherever a name points, it is a name in a tree of arrays."""
    arrays = read_arrays((saved / "arrays.safetensors").read_bytes())
    arrays[name.format(root=saved.parent)] = np.zeros(1, np.float32)
    before = sorted(saved.parent.rglob("*"))
    resealed(saved, lambda manifest: None, write_arrays(arrays))
    with suppress(DamagedFile):
        load(saved)
    assert sorted(saved.parent.rglob("*")) == before


@pytest.mark.parametrize("length", [2**63 - 1, 2**64 - 1, 100 * 2**20, 0, 7])
def test_a_huge_header(saved: Path, length: int) -> None:
    """A head that says it is longer than the file, or than memory, is not believed."""
    whole = (saved / "arrays.safetensors").read_bytes()
    resealed(saved, lambda manifest: None, length.to_bytes(8, "little") + whole[8:])
    refused(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[..., :-1],
        lambda array: array[None],
        lambda array: np.zeros((0, *array.shape[1:]), array.dtype),
        lambda array: np.full_like(array, np.nan),
        lambda array: array.astype(np.uint8).astype(bool),
        lambda array: np.zeros((1, 1, 1, 1), np.float32),
    ],
    ids=["narrower", "deeper", "empty", "nan", "bool", "another"],
)
def test_arrays_of_another_shape(saved: Path, change: Callable[[Any], Any]) -> None:
    """All parameters changed at once: they do not fit the learner, whatever the hash says."""
    arrays = read_arrays((saved / "arrays.safetensors").read_bytes())
    told = {name: change(x) if name.startswith("params/") and x.ndim else x for name, x in arrays.items()}
    resealed(saved, lambda manifest: None, write_arrays({name: np.ascontiguousarray(x) for name, x in told.items()}))
    refused(saved)


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "../../evil", "", None, {"name": "bayes_head"}, 1])
def test_learners_are_names_in_a_list(saved: Path, name: Any) -> None:
    """A manifest chooses among our learners; nothing is imported by its name."""
    resealed(saved, lambda manifest: manifest["learner"].update(name=name))
    refused(saved)


def test_links(saved: Path, tmp_path: Path) -> None:
    """A folder that is a link to itself, and a file that is one to nowhere: not ready, nothing more."""
    (saved / "arrays.safetensors").unlink()
    (saved / "arrays.safetensors").symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotReady, match="arrays"):
        load(saved)
    shutil.rmtree(saved)
    saved.symlink_to(saved)
    with pytest.raises(NotReady):
        load(saved)


def loaded_or_damaged(folder: Path) -> None:
    """No other error comes out."""
    with suppress(DamagedFile):
        assert load(folder).version


def cut_and_pasted(data: st.DataObject, whole: bytes) -> bytes:
    """The bytes with a piece flipped, cut out, doubled, or put in."""
    at = data.draw(st.integers(0, len(whole) - 1))
    size = data.draw(st.integers(1, 64))
    piece = data.draw(
        st.sampled_from([b"", whole[at : at + size] * 2]) | st.binary(min_size=1, max_size=64), label="piece"
    )
    return whole[:at] + piece + whole[at + data.draw(st.sampled_from([0, len(piece), size])) :]


@fuzzed
@given(st.data())
def test_any_bytes(saved: Path, data: st.DataObject) -> None:
    """Either file changed anywhere, in any way: damaged, or as it was."""
    path = saved / data.draw(st.sampled_from(FILES))
    whole = path.read_bytes()
    changed = cut_and_pasted(data, whole)
    path.write_bytes(changed)
    try:
        if changed == whole:
            load(saved)
        else:
            with pytest.raises(DamagedFile):
                load(saved)
    finally:
        path.write_bytes(whole)


@fuzzed
@given(st.data())
def test_any_arrays_under_a_right_hash(saved: Path, data: st.DataObject) -> None:
    """Bytes of the arrays changed and sealed again: a model, or damaged."""
    kept = {name: (saved / name).read_bytes() for name in FILES}
    resealed(saved, lambda manifest: None, cut_and_pasted(data, kept["arrays.safetensors"]))
    try:
        loaded_or_damaged(saved)
    finally:
        for name, content in kept.items():
            (saved / name).write_bytes(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def put(manifest: dict[str, Any], place: tuple[Any, ...], value: Any) -> None:
    """Something else at this place."""
    *way, last = place
    at: Any = manifest
    for key in way:
        at = at[key]
    at[last] = value


@fuzzed
@given(st.data())
def test_any_manifest_under_a_right_hash(saved: Path, data: st.DataObject) -> None:
    """Any field, however deep, is made anything else and sealed again: a model, or damaged."""
    whole = (saved / "manifest.json").read_bytes()
    at = places(json.loads(whole))[1:]
    place, value = data.draw(st.sampled_from(at)), data.draw(JSON)
    if place == ("content_sha256",):
        return
    resealed(saved, lambda manifest: put(manifest, place, value))
    try:
        loaded_or_damaged(saved)
    finally:
        (saved / "manifest.json").write_bytes(whole)
