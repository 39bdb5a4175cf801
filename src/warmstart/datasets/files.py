"""`Files`: the members of a folder, a zip or a tar, read by name; nothing is ever unpacked to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from warmstart.errors import DamagedFile, NotReady

__all__ = ["Files", "folder_files", "open_files", "tar_files", "zip_files"]

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Files:
    """Named contents of one place."""

    place: str
    """Where they lie, for messages."""
    names: tuple[str, ...]
    _read: Callable[[str], bytes]

    def read(self, name: str) -> bytes:
        """Bytes of one member; `.gz` and `.xz` members as they lie.

        Errors: `NotReady` when there is no such member, `DamagedFile` when it cannot be unpacked.
        """
        if name not in self.names:
            raise NotReady(f"{self.place} has no file {name!r}; it has {', '.join(self.names[:12]) or 'none'}")
        try:
            return self._read(name)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError) as error:
            raise DamagedFile(f"{self.place}: {name!r} cannot be read: {error}") from error


def folder_files(folder: Path) -> Files:
    """Files in a folder and below it, named by their path from it with forward slashes."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return Files(str(folder), tuple(names), lambda name: (folder / name).read_bytes())


def zip_files(content: bytes, place: str) -> Files:
    """Members of a zip; a wheel is one."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise DamagedFile(f"{place} is not a zip: {error}") from error
    return Files(place, tuple(archive.namelist()), archive.read)


def tar_files(content: bytes, place: str) -> Files:
    """Plain files of a tar, compressed or not."""
    try:
        plain = gzip.decompress(content) if content.startswith(_GZIP) else content  # a packed tar has no random access
        archive = tarfile.open(fileobj=io.BytesIO(plain))  # noqa: SIM115 - read from later; it holds memory, no file
        members = {member.name: member for member in archive if member.isfile()}
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise DamagedFile(f"{place} is not a tar: {error}") from error

    def read(name: str) -> bytes:
        opened = archive.extractfile(members[name])
        return b"" if opened is None else opened.read()

    return Files(place, tuple(members), read)


def open_files(path: Path) -> Files:
    """Members of what lies at `path`: a folder, a wheel or a source archive."""
    if path.is_dir():
        return folder_files(path)
    opener = zip_files if path.suffix in {".whl", ".zip"} else tar_files
    return opener(path.read_bytes(), str(path))
