"""`Checkpoint`: the state of a training run on disk, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from warmstart.engine.tensors import read_json, read_tensors, write_json, write_tensors
from warmstart.errors import UsageError

__all__ = ["Checkpoint"]


@dataclass(frozen=True)
class Checkpoint:
    """A folder that holds the newest state; `state.json` names the array file, so a torn write leaves the older one valid."""

    folder: Path

    def save(self, run: Any) -> None:
        """Keep a tree of arrays and numbers."""
        leaves = {str(i): np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(run))}
        manifest = self.folder / "state.json"
        before = read_json(manifest)["file"] if manifest.exists() else None
        name = "b.safetensors" if before == "a.safetensors" else "a.safetensors"
        digest = write_tensors(self.folder / name, leaves)
        write_json(manifest, {"file": name, "sha256": digest})

    def restore(self, like: Any) -> Any:
        """The kept tree in the form of `like`; `like` itself where nothing is kept.

        Errors: `UsageError` when the kept run had another shape (another learner or data), `DamagedFile`.
        """
        manifest = self.folder / "state.json"
        if not manifest.exists():
            return like
        held = read_json(manifest)
        kept = read_tensors(self.folder / held["file"], held["sha256"])
        leaves, form = jax.tree.flatten(like)
        if [np.shape(leaf) for leaf in leaves] != [kept[str(i)].shape for i in range(len(kept))]:
            raise UsageError(f"{self.folder}: the checkpoint is of another learner or data; remove the folder to start anew")
        return jax.tree.unflatten(form, [_like(leaf, kept[str(i)]) for i, leaf in enumerate(leaves)])


def _like(leaf: Any, kept: np.ndarray) -> Any:
    return type(leaf)(kept) if np.isscalar(leaf) else kept
