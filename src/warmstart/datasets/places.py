"""Where data lie: the cache folder, which warmstart writes, and the user's data folder, which it only reads."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["cache_folder", "data_folder"]


def cache_folder() -> Path:
    """Folder of downloaded data: `WARMSTART_CACHE`, or the platform's cache folder; it need not exist."""
    named = os.environ.get("WARMSTART_CACHE")
    return Path(named).expanduser() if named else user_cache_path("warmstart")


def data_folder() -> Path | None:
    """Folder that `WARMSTART_DATA` names, if it is one."""
    named = os.environ.get("WARMSTART_DATA")
    folder = Path(named).expanduser() if named else None
    return folder if folder is not None and folder.is_dir() else None
