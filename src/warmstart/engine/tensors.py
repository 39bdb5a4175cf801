"""Trees of arrays on disk: safetensors with a sha256 that is checked before any byte is used."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from warmstart.errors import DamagedFile, NotReady

__all__ = [
    "flatten",
    "from_bytes",
    "read_bytes",
    "read_json",
    "read_tensors",
    "sha256",
    "to_bytes",
    "unflatten",
    "write_atomic",
    "write_bytes",
    "write_json",
    "write_tensors",
]


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, np.ndarray]:
    """A nested mapping of arrays as one level; keys joined by "/", a mapping of nothing as a key that ends with it."""
    flat: dict[str, np.ndarray] = {}
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if not isinstance(value, Mapping):
            flat[path] = np.asarray(value, order="C")
        else:
            flat |= flatten(value, f"{path}/") if value else {f"{path}/": np.zeros(0, np.uint8)}
    return flat


def unflatten(flat: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What `flatten` was given."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *parents, last = path.split("/")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        if last:
            node[last] = value
    return tree


def sha256(data: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(data).hexdigest()


def write_atomic(path: Path, data: bytes) -> None:
    """The whole file or nothing. Errors: `NotReady` when the folder cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise NotReady(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None


def write_tensors(path: Path, tree: Mapping[str, Any]) -> str:
    """Write the arrays; gives the sha256 of the file."""
    return write_bytes(path, to_bytes(tree))


def write_bytes(path: Path, data: bytes) -> str:
    """Write the file; gives its sha256."""
    write_atomic(path, data)
    return sha256(data)


def to_bytes(tree: Mapping[str, Any]) -> bytes:
    """The arrays as safetensors."""
    data: bytes = save(flatten(tree))
    return data


def from_bytes(data: bytes, of: object) -> dict[str, Any]:
    """What `to_bytes` was given. Errors: `DamagedFile` that says `of` what."""
    try:
        return unflatten(load(data))
    except SafetensorError as error:
        raise DamagedFile(f"{of}: not a safetensors file: {error}") from error


def read_tensors(path: Path, digest: str) -> dict[str, Any]:
    """Arrays whose file has this sha256. Errors: `DamagedFile`, `NotReady` when the file is not there."""
    return from_bytes(read_bytes(path, digest), path)


def read_bytes(path: Path, digest: str) -> bytes:
    """A file that has this sha256. Errors: as of `read_tensors`."""
    data = _read(path)
    if sha256(data) != digest:
        raise DamagedFile(f"{path}: its bytes are not those that were written (sha256 differs); get the model again")
    return data


def write_json(path: Path, value: Any) -> None:
    """Readable JSON; NaN and infinity are refused."""
    write_atomic(path, _json(value))


def read_json(path: Path) -> Any:
    """What `write_json` wrote. Errors: `DamagedFile` when it is anything else, `NotReady` when it is not there."""
    data = _read(path)
    try:
        value = json.loads(data)
        same = data == _json(value)
    except ValueError as error:
        raise DamagedFile(f"{path}: not JSON: {error}") from error
    if not same:
        raise DamagedFile(f"{path}: its bytes are not those that were written")
    return value


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReady(f"cannot read {path}: {error.strerror or error}") from error
