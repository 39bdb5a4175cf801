"""Write a whole file or nothing."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from warmstart.errors import UsageError

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> Path:
    """Write `content` beside `path`, then put it in place at once; `UsageError` where that is not allowed."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise UsageError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    return path
