"""Saving and loading a `MetaModel`: a folder with arrays in safetensors and a manifest that holds their sha256."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any


from warmstart.engine.adapted import Adapted
from warmstart.engine.bound import Evidence
from warmstart.engine.model import MetaModel
from warmstart.engine.tensors import flatten, read_json, read_tensors, sha256, write_json, write_tensors
from warmstart.errors import Conflict, DamagedFile, NotReady
from warmstart.learners.registry import create, describe
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.codec import TaskCodec
from warmstart.types import Rows, Support

__all__ = ["load", "load_state", "save", "save_state"]

_FORMAT = 1
_KEYS = {"format", "version", "learner", "schema", "codec", "info", "arrays", "manifest_sha256"}


def save(model: MetaModel, folder: Path | str) -> MetaModel:
    """Write the model; gives it with its version, the hash of all that it is made of.

    Errors: `NotReady` when the folder cannot be written; then no manifest stands there and nothing can be loaded by mistake.
    """
    folder = Path(folder)
    codec, encoders = model.codec.to_state()
    digest = write_tensors(
        folder / "arrays.safetensors", {"params": model.params, "codec": encoders, "catalogue": _rows_to_tree(model.catalogue)}
    )
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "learner": describe(model.learner),
        "schema": _schema_to_json(model.schema),
        "codec": codec,
        "info": dict(model.info),
        "arrays": digest,
    }
    manifest["version"] = sha256(json.dumps(manifest, sort_keys=True).encode())[:12]
    manifest["manifest_sha256"] = _seal(manifest)
    write_json(folder / "manifest.json", manifest)
    return MetaModel(model.codec, model.learner, model.params, model.catalogue, model.info, manifest["version"])


def load(folder: Path | str) -> MetaModel:
    """The model that `save` wrote. Errors: `NotReady` when there is none, `DamagedFile` for any changed byte."""
    path = Path(folder) / "manifest.json"
    if not path.exists():
        raise NotReady(f"no model in {folder}: train one with `warmstart train … --out {folder}`")
    manifest = read_json(path)
    if not isinstance(manifest, dict) or set(manifest) != _KEYS or manifest["manifest_sha256"] != _seal(manifest):
        raise DamagedFile(f"{path}: its content is not what was written; get the model again")
    if manifest["format"] != _FORMAT:
        raise DamagedFile(f"{path}: format {manifest['format']}; this version reads format {_FORMAT}; train the model again")
    arrays = read_tensors(Path(folder) / "arrays.safetensors", manifest["arrays"])
    schema = _schema_from_json(manifest["schema"])
    return MetaModel(
        TaskCodec.from_state(schema, manifest["codec"], flatten(arrays.get("codec", {}))),
        create(manifest["learner"]["name"], **manifest["learner"]["parameters"]),
        arrays.get("params", {}),
        _rows_from_tree(arrays["catalogue"]),
        manifest["info"],
        manifest["version"],
    )


def save_state(task: Adapted, path: Path | str) -> None:
    """Write one adapted task: descriptor and encoded support, from which the state is made again in well under a millisecond."""
    support = task.evidence.support
    tree = {
        "descriptor": _rows_to_tree(task.evidence.descriptor),
        "x": _rows_to_tree(support.x),
        "support": {name: getattr(support, name) for name in ("item", "y", "weight", "offset")},
    }
    digest = write_tensors(Path(path).with_suffix(".safetensors"), tree)
    write_json(Path(path), {"model": task.model.version, "k": task.k, "last_moment": _text(task.last_moment), "arrays": digest})


def load_state(model: MetaModel, path: Path | str) -> Adapted:
    """The task that `save_state` wrote. Errors: `Conflict` for a state of another model, `DamagedFile`, `NotReady`."""
    head = read_json(Path(path))
    if head.get("model") != model.version:
        raise Conflict(f"{path}: made by model {head.get('model')}, this is {model.version}; adapt again")
    tree = read_tensors(Path(path).with_suffix(".safetensors"), head["arrays"])
    support = Support(_rows_from_tree(tree["x"]), *(tree["support"][name] for name in ("item", "y", "weight", "offset")))
    return Adapted.of(model, Evidence(_rows_from_tree(tree["descriptor"]), support))


def _seal(manifest: dict[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    return sha256(json.dumps(rest, sort_keys=True).encode())


def _rows_to_tree(rows: Rows) -> dict[str, Any]:
    bags = {str(i): bag for i, bag in enumerate(rows.bags)}
    return {"numbers": rows.numbers, "codes": rows.codes, "bags": bags}


def _rows_from_tree(tree: dict[str, Any]) -> Rows:
    bags = tree.get("bags", {})
    return Rows(tree["numbers"], tree["codes"], tuple(bags[str(i)] for i in range(len(bags))))


def _schema_to_json(schema: Schema) -> dict[str, Any]:
    return asdict(schema)


def _schema_from_json(held: dict[str, Any]) -> Schema:
    columns = tuple(Column(**{**c, "role": Role(c["role"]), "kind": Kind(c["kind"])}) for c in held["columns"])
    return Schema(columns, Target(held["target_type"]), tuple(held["group"]))


def _text(moment: Any) -> str | None:
    return None if moment is None else str(moment)
