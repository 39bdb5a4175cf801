"""Models and states on disk: the same to the bit, or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load, load_state, save_state
from warmstart.engine.tensors import sha256, write_json
from warmstart.errors import Conflict, DamagedFile, NotReady
from warmstart.tables.table import Table

Model = Callable[..., MetaModel]
Tables = Callable[[str], Table]
TARGETS = ("number", "two", "three", "count", "choice", "rating")


@pytest.mark.parametrize("target", TARGETS)
def test_round_trip(target: str, model: Model, table: Tables, tmp_path: Path) -> None:
    """Parameters, encoders, catalogue, schema and notes come back; so do the answers."""
    made = model(target).save(tmp_path / "deep" / "folder")
    again = load(tmp_path / "deep" / "folder")
    assert jax.tree.structure(again.params) == jax.tree.structure(dict(made.params))
    for a, b in zip(jax.tree.leaves(again.params), jax.tree.leaves(made.params), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_array_equal(a, b)
    assert (again.schema, again.learner, again.info) == (made.schema, made.learner, made.info)
    frame = table(target).frame
    query: Any = None if target == "choice" else frame[3:5]
    assert again.adapt(frame[:3]).predict(query).to_dict() == made.adapt(frame[:3]).predict(query).to_dict()


def test_version_is_of_the_content(model: Model, tmp_path: Path) -> None:
    """The same content has the same version; other parameters, or other notes, have another."""
    made = model("number")
    other = replace(made, info={"data": "elsewhere"})
    versions = [m.save(tmp_path / str(i)).version for i, m in enumerate((made, made, model("number", seed=1), other))]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
    assert load(tmp_path / "0").version == versions[0]


def test_any_changed_byte_is_refused(model: Model, tmp_path: Path) -> None:
    """Wherever a bit flips, in the manifest or the arrays: not one such folder is loaded."""
    model("choice").save(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("manifest.json", "arrays.safetensors"):
        path = tmp_path / name
        whole = path.read_bytes()
        places = {0, 7, 8, 9, len(whole) // 2, len(whole) - 1, *rng.integers(0, len(whole), 120).tolist()}
        for at in sorted(places):
            data = bytearray(whole)
            data[at] ^= 1 << int(rng.integers(8))
            path.write_bytes(data)
            with pytest.raises(DamagedFile):
                load(tmp_path)
        path.write_bytes(whole[:-1])
        with pytest.raises(DamagedFile):
            load(tmp_path)
        path.write_bytes(whole)
    assert load(tmp_path).version


def sealed(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest as somebody would who knows how its hash is made."""
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["content_sha256"]
    change(manifest)
    digest = sha256(json.dumps(manifest, sort_keys=True).encode())
    write_json(path, {**manifest, "content_sha256": digest})


def test_unknown_field(model: Model, tmp_path: Path) -> None:
    """A manifest that says more than this version understands is refused, even under a right hash."""
    model("number").save(tmp_path)
    sealed(tmp_path / "manifest.json", lambda manifest: None)
    assert load(tmp_path).version
    sealed(tmp_path / "manifest.json", lambda manifest: manifest.update(more=1))
    with pytest.raises(DamagedFile):
        load(tmp_path)


def test_missing_field(model: Model, tmp_path: Path) -> None:
    """One that says less is refused too."""
    model("number").save(tmp_path)
    sealed(tmp_path / "manifest.json", lambda manifest: manifest.pop("info"))
    with pytest.raises(DamagedFile):
        load(tmp_path)


def test_later_format(model: Model, tmp_path: Path) -> None:
    """A model of another format says which one this version reads."""
    model("number").save(tmp_path)
    sealed(tmp_path / "manifest.json", lambda manifest: manifest.update(format=99))
    with pytest.raises(DamagedFile, match="format 99; this version reads format 2"):
        load(tmp_path)


@pytest.mark.parametrize("strange", [{"name": "oracle"}, {"parameters": {"wisdom": 3}}], ids=["name", "parameter"])
def test_learner_of_another_version(strange: dict[str, Any], model: Model, tmp_path: Path) -> None:
    """A learner that this version lacks, or has without a parameter, is refused as what cannot be read."""
    model("number").save(tmp_path)
    sealed(tmp_path / "manifest.json", lambda manifest: manifest["learner"].update(strange))
    with pytest.raises(DamagedFile, match="train it again"):
        load(tmp_path)


@pytest.mark.parametrize("content", ["[]", "null", "{}", '"text"'])
def test_manifest_of_another_kind(content: str, tmp_path: Path) -> None:
    """Other JSON is no manifest."""
    (tmp_path / "manifest.json").write_text(content + "\n")
    with pytest.raises(DamagedFile):
        load(tmp_path)


def test_missing_folder(tmp_path: Path) -> None:
    """Where there is no model the way to one is told."""
    with pytest.raises(NotReady, match="warmstart train"):
        load(tmp_path / "none")


def test_missing_arrays(model: Model, tmp_path: Path) -> None:
    """A manifest alone is no model."""
    model("number").save(tmp_path)
    (tmp_path / "arrays.safetensors").unlink()
    with pytest.raises(NotReady):
        load(tmp_path)


@pytest.mark.parametrize("before", [False, True])
def test_half_written(before: bool, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save that breaks off between arrays and manifest leaves nothing that loads, also over an older model."""
    folder = tmp_path / "model"
    if before:
        model("number").save(folder)

    def fail(path: Path, value: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("warmstart.engine.storage.write_json", fail)
        with pytest.raises(KeyboardInterrupt):
            model("number", seed=1).save(folder)
    with pytest.raises(DamagedFile if before else NotReady):
        load(folder)


def test_unwritable_folder(model: Model, tmp_path: Path) -> None:
    """A file in the way: one error, nothing beside it."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotReady, match="cannot write"):
        model("number").save(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("k", [0, 3])
def test_state_round_trip(target: str, k: int, model: Model, table: Tables, tmp_path: Path) -> None:
    """An adapted task comes back with its rows, its last moment, and its answers to the bit."""
    made, frame = model(target), table(target).frame
    query: Any = None if target == "choice" else frame[3:5]
    task = made.adapt(frame[:k] if k else None)
    save_state(task, tmp_path / "task.json")
    again = load_state(made, tmp_path / "task.json")
    assert (again.k, again.last_moment) == (task.k, task.last_moment)
    assert again.predict(query).to_dict() == task.predict(query).to_dict()


@pytest.mark.parametrize("moment", [3, 2.5, "2024-05", date(2024, 5, 6), datetime(2024, 5, 6, 7, 8), time(9, 30), None])
def test_last_moment_keeps_its_type(moment: Any, model: Model, tmp_path: Path) -> None:
    """Whatever the time column holds, a state still knows what came last."""
    made = model("number")
    save_state(replace(made.adapt(None), last_moment=moment), tmp_path / "task.json")
    again = load_state(made, tmp_path / "task.json").last_moment
    assert again == moment
    assert type(again) is type(moment)


def test_state_of_another_model(model: Model, tmp_path: Path) -> None:
    """A state goes with the version that made it."""
    one, other = model("number").save(tmp_path / "1"), model("number", seed=1).save(tmp_path / "2")
    save_state(one.adapt(None), tmp_path / "task.json")
    assert load_state(load(tmp_path / "1"), tmp_path / "task.json").k == 0
    with pytest.raises(Conflict, match=f"made by model {one.version}, this is {other.version}"):
        load_state(other, tmp_path / "task.json")


def test_changed_byte_of_a_state(model: Model, table: Tables, tmp_path: Path) -> None:
    """States are guarded like models."""
    made = model("number")
    save_state(made.adapt(table("number").frame[:2]), tmp_path / "task.json")
    for name in ("task.json", "task.safetensors"):
        path = tmp_path / name
        whole = path.read_bytes()
        for at in np.random.default_rng(0).integers(0, len(whole), 60).tolist():
            data = bytearray(whole)
            data[at] ^= 1
            path.write_bytes(data)
            with pytest.raises(DamagedFile):
                load_state(made, tmp_path / "task.json")
        path.write_bytes(whole)
    with pytest.raises(NotReady):
        load_state(made, tmp_path / "none.json")


def test_a_copied_folder_is_the_same_model(model: Model, tmp_path: Path) -> None:
    """Nothing in it points to where it was."""
    made = model("choice").save(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    task = load(tmp_path / "there").adapt(pl.DataFrame({"item": ["i1"]}))
    assert task.predict().to_dict() == made.adapt(pl.DataFrame({"item": ["i1"]})).predict().to_dict()
