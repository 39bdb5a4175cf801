"""Saving and loading a `MetaModel`: a folder with arrays in safetensors and a manifest that holds their sha256."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from warmstart.engine.adapted import Adapted
from warmstart.engine.bound import Evidence
from warmstart.engine.model import MetaModel
from warmstart.engine.tensors import (
    flatten,
    from_bytes,
    read_bytes,
    read_json,
    read_tensors,
    sha256,
    to_bytes,
    write_bytes,
    write_json,
    write_tensors,
)
from warmstart.errors import Conflict, DamagedFile, NotReady, UserError
from warmstart.learners.registry import create, describe
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.codec import TaskCodec
from warmstart.types import Rows, Support, Treated

__all__ = ["load", "load_state", "pack", "save", "save_state", "unpack"]

_FORMAT = 2
_SEAL = "content_sha256"
_CLOCKED = "timings"  # of `info`: the same run gives the same model, however long it takes
_MANIFEST = {"format", "version", "learner", "schema", "codec", "info", "arrays", _SEAL}
_STATE = {"model", "k", "last_moment", "arrays", _SEAL}
_MOMENTS: Mapping[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "float": float,
    "int": int,
    "str": str,
}


def save(model: MetaModel, folder: Path | str) -> MetaModel:
    """Write the model; gives it with its version, the hash of all that it is made of.

    Errors: `NotReady` when the folder cannot be written; a model that is half written can never be loaded.
    """
    folder = Path(folder)
    codec, encoders = model.codec.to_state()
    digest = write_tensors(
        folder / "arrays.safetensors",
        {"params": model.params, "codec": encoders, "catalogue": _rows_to_tree(model.catalogue)},
    )
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "learner": describe(model.learner),
        "schema": _schema_to_json(model.schema),
        "codec": codec,
        "info": dict(model.info),
        "arrays": digest,
    }
    made_of = {key: value for key, value in model.info.items() if key != _CLOCKED}
    manifest["version"] = _hash({**manifest, "info": made_of})[:12]
    _write_sealed(folder / "manifest.json", manifest)
    return MetaModel(model.codec, model.learner, model.params, model.catalogue, model.info, manifest["version"])


def load(folder: Path | str) -> MetaModel:
    """The model that `save` wrote.

    Errors: `NotReady` when there is none; `DamagedFile` for any changed byte, and for a model that could not answer,
    whoever sealed it: a hash says that nothing was changed, not that it was right.
    """
    path = Path(folder) / "manifest.json"
    if not path.exists():
        raise NotReady(f"no model in {folder}: train one with `warmstart train … --out {folder}`")
    manifest = _read_sealed(path, _MANIFEST)
    if manifest["format"] != _FORMAT:
        raise DamagedFile(
            f"{path}: format {manifest['format']}; this version reads format {_FORMAT}; train the model again"
        )
    arrays = read_tensors(Path(folder) / "arrays.safetensors", manifest["arrays"])
    try:
        return _that_answers(_model(manifest, arrays))
    except Exception as error:  # whatever a manifest says, and whatever it does to the code that reads it
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise DamagedFile(f"{path}: no model that can answer ({why}); get it again, or train it again") from error


def _model(manifest: Mapping[str, Any], arrays: Mapping[str, Any]) -> MetaModel:
    """What the manifest describes."""
    schema = _schema_from_json(manifest["schema"])
    return MetaModel(
        TaskCodec.from_state(schema, manifest["codec"], flatten(arrays.get("codec", {}))),
        create(manifest["learner"]["name"], **manifest["learner"]["parameters"]),
        arrays.get("params", {}),
        _rows_from_tree(arrays["catalogue"]),
        dict(manifest["info"]),
        str(manifest["version"]),
    )


def _that_answers(model: MetaModel) -> MetaModel:
    """The model, after it was asked about one row of which nothing is known: arrays of another shape cannot say."""
    items = model.codec.items
    row = pl.DataFrame({name: [items[0] if items else None] for name in model.asked} or {"": [None]})
    with suppress(UserError):  # a learner may want to know more of a row
        model.adapt().predict(row)
    return model


def save_state(task: Adapted, path: Path | str) -> None:
    """Write one adapted task: descriptor and encoded support, from which its state is made again in no time."""
    head, arrays = pack(task)
    digest = write_bytes(Path(path).with_suffix(".safetensors"), arrays)
    _write_sealed(Path(path), {"model": task.model.version, "k": task.k, **head, "arrays": digest})


def pack(task: Adapted) -> tuple[dict[str, Any], bytes]:
    """What `unpack` makes the task from: JSON values, and its evidence as safetensors."""
    support = task.evidence.support
    tree = {
        "descriptor": _rows_to_tree(task.evidence.descriptor),
        "x": _rows_to_tree(support.x),
        "support": {name: getattr(support, name) for name in ("item", "y", "weight", "offset")},
    }
    if support.treated is not None:
        tree["treated"] = support.treated._asdict()
    return {"last_moment": _moment_to_json(task.last_moment)}, to_bytes(tree)


def load_state(model: MetaModel, path: Path | str) -> Adapted:
    """The task that `save_state` wrote. Errors: `Conflict` for a state of another model, `DamagedFile`, `NotReady`."""
    head = _read_sealed(Path(path), _STATE)
    if head["model"] != model.version:
        raise Conflict(f"{path}: made by model {head['model']}, this is {model.version}; adapt again")
    arrays = Path(path).with_suffix(".safetensors")
    return unpack(model, head, read_bytes(arrays, head["arrays"]), arrays)


def unpack(model: MetaModel, head: Mapping[str, Any], arrays: bytes, of: object) -> Adapted:
    """The task that `pack` was given, of the same model. Errors: `DamagedFile` that says `of` what."""
    tree = from_bytes(arrays, of)
    told = (tree["support"][name] for name in ("item", "y", "weight", "offset"))
    treated = Treated(**tree["treated"]) if "treated" in tree else None
    support = Support(_rows_from_tree(tree["x"]), *told)._replace(treated=treated)
    return Adapted.of(model, Evidence(_rows_from_tree(tree["descriptor"]), support), _moment(head["last_moment"]))


def _write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write the content with its own hash."""
    write_json(path, {**content, _SEAL: _hash(content)})


def _read_sealed(path: Path, keys: set[str]) -> dict[str, Any]:
    """What `_write_sealed` wrote, with exactly these keys. Errors: `DamagedFile`, `NotReady`."""
    content = read_json(path)
    if not isinstance(content, dict) or set(content) != keys or content.pop(_SEAL) != _hash(content):
        raise DamagedFile(f"{path}: its content is not what was written; get it again")
    return content


def _hash(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode())


def _rows_to_tree(rows: Rows) -> dict[str, Any]:
    bags = {str(i): bag for i, bag in enumerate(rows.bags)}
    return {"numbers": rows.numbers, "codes": rows.codes, "bags": bags}


def _rows_from_tree(tree: dict[str, Any]) -> Rows:
    bags = tree.get("bags", {})
    return Rows(tree["numbers"], tree["codes"], tuple(bags[str(i)] for i in range(len(bags))))


def _schema_to_json(schema: Schema) -> dict[str, Any]:
    return asdict(schema)


def _schema_from_json(held: dict[str, Any]) -> Schema:
    columns = tuple(
        Column(**{**c, "role": Role(c["role"]), "kind": Kind(c["kind"]), "levels": tuple(c.get("levels", ()))})
        for c in held["columns"]
    )
    target = Target(held["target_type"])
    return Schema(columns, target, tuple(held["group"]), held.get("domain", ""), held.get("target_domain", ""))


def _moment_to_json(moment: Any) -> dict[str, str] | None:
    return None if moment is None else {"type": type(moment).__name__, "text": str(moment)}


def _moment(held: Mapping[str, str] | None) -> Any:
    return None if held is None else _MOMENTS[held["type"]](held["text"])
