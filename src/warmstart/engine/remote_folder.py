"""`RemoteFolder`: the checkpoint of a fit that may be done on another machine, whatever that can see of this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from uuid import uuid4

from warmstart.engine.tensors import write_atomic

__all__ = ["RemoteFolder"]


@dataclass(frozen=True)
class RemoteFolder:
    """A folder of the machine that asks for the fit.

    Another machine that finds `mark` in it works in it. One that does not works on a copy, and sends that back.
    """

    folder: Path
    mark: Path
    files: Mapping[str, bytes]
    """What lies in it, by name: checkpoints are a few times the size of a model."""

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The folder as it is now; the mark has a name that no other machine's folder holds by chance."""
        mark = folder / f"{uuid4().hex}.mark"
        write_atomic(mark, b"")
        return cls(folder.absolute(), mark.absolute(), _read(folder))

    @contextmanager
    def opened(self) -> Iterator[tuple[Path, dict[str, bytes]]]:
        """Where to work, and a place for what is to be sent back when the block has ended."""
        back: dict[str, bytes] = {}
        if self.mark.exists():
            yield self.folder, back
            return
        with TemporaryDirectory() as copy:
            _write(Path(copy), self.files)
            yield Path(copy), back
            back |= _read(Path(copy))

    def close(self, back: Mapping[str, bytes]) -> None:
        """Keep what came back, and take the mark away."""
        _write(self.folder, back)
        self.mark.unlink(missing_ok=True)


def _read(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".mark")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """A manifest goes before the files that it names change, and comes after them: cut off, there is no checkpoint."""
    manifests = [name for name in files if name.endswith(".json")]
    for name in manifests:
        (folder / name).unlink(missing_ok=True)
    for name in sorted(files, key=manifests.__contains__):
        write_atomic(folder / name, files[name])
