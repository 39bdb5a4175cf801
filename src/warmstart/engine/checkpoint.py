"""`Checkpoint`: the state of a training run on disk, written whole or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from warmstart.engine.tensors import read_json, read_tensors, write_json, write_tensors
from warmstart.errors import UsageError

__all__ = ["Checkpoint", "fingerprint"]


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the newest state; `state.json` names its arrays, so a torn write leaves the older one valid."""

    folder: Path
    run: str
    """What is trained, on what and how, as `fingerprint` says it: another run cannot go on from here."""

    def save(self, run: Any) -> None:
        """Keep a tree of arrays and numbers."""
        leaves = {str(i): np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(run))}
        manifest = self.folder / "state.json"
        before = read_json(manifest)["file"] if manifest.exists() else None
        name = "b.safetensors" if before == "a.safetensors" else "a.safetensors"
        digest = write_tensors(self.folder / name, leaves)
        write_json(manifest, {"run": self.run, "file": name, "sha256": digest})

    def restore(self, like: Any) -> Any:
        """The kept tree in the form of `like`; `like` itself where nothing is kept.

        Errors: `UsageError` when another run was kept (another learner, data or settings), `DamagedFile`.
        """
        manifest = self.folder / "state.json"
        if not manifest.exists():
            return like
        held = read_json(manifest)
        if held["run"] != self.run:
            raise UsageError(
                f"{self.folder}: the checkpoint is of another learner, data or settings; remove it to start anew"
            )
        kept = read_tensors(self.folder / held["file"], held["sha256"])
        leaves, form = jax.tree.flatten(like)
        return jax.tree.unflatten(form, [_like(leaf, kept[str(i)]) for i, leaf in enumerate(leaves)])


def fingerprint(named: object, arrays: Any) -> str:
    """Hash of the `repr` of dataclasses and of every byte in a tree of arrays."""
    digest = hashlib.sha256(repr(named).encode())
    for leaf in jax.tree.leaves(arrays):
        digest.update(np.ascontiguousarray(leaf).data)
    return digest.hexdigest()


def _like(leaf: Any, kept: np.ndarray) -> Any:
    return type(leaf)(kept.item()) if np.isscalar(leaf) else kept
