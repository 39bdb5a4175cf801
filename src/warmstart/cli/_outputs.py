"""Whether results can be written where the user wants them; asked before the long work starts."""

from __future__ import annotations

import os
from pathlib import Path

from warmstart.errors import UsageError

__all__ = ["check_file", "check_folder", "check_model_folder"]


def check_file(path: Path | None) -> None:
    """Errors: `UsageError` where no file of this name can be written; `None` is not asked for."""
    if path is None:
        return
    parent = path.absolute().parent
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder; name a file")
    if not parent.is_dir():
        raise UsageError(f"cannot write {path}: {parent} is not a folder")
    _check_writable(path, parent)


def check_folder(folder: Path) -> None:
    """Errors: `UsageError` where no such folder is or can be made, or where it cannot be written."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"cannot write {folder}: {there} is not a folder")
    _check_writable(folder, there)


def check_model_folder(folder: Path) -> None:
    """Errors: those of `check_folder`, and `UsageError` for a folder of something else, which would be spoilt."""
    check_folder(folder)
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if held and "checkpoint" not in held and not {"manifest.json", "arrays.safetensors"} <= held:
        raise UsageError(f"{folder} holds {min(held)!r} and no model; name an empty or a new folder")


def _check_writable(wanted: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write {wanted}: {folder} is not writable")
