"""The ordinary pip client, against a folder of files instead of a registry."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from warmstart.datasets.pip_download import pip_download
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.errors import DamagedFile, NotReady

pytestmark = pytest.mark.skipif(find_spec("pip") is None, reason="this environment has no pip")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for all there is to download; no network."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def wheel(tiny: Source) -> Wheel:
    """The pinned file."""
    assert tiny.wheel is not None
    return tiny.wheel


def test_pinned_file_arrives(shelf: Path, wheel: Wheel, wheel_bytes: bytes, tmp_path: Path) -> None:
    """The file lies in the folder, byte for byte, and nothing was printed."""
    (shelf / wheel.filename).write_bytes(wheel_bytes)
    into = tmp_path / "into"
    into.mkdir()
    pip_download(wheel, into)
    assert (into / wheel.filename).read_bytes() == wheel_bytes


def test_another_file_of_that_name_is_refused(shelf: Path, wheel: Wheel, wheel_bytes: bytes, tmp_path: Path) -> None:
    """The client itself compares the checksum, before it looks into the file."""
    (shelf / wheel.filename).write_bytes(wheel_bytes)
    with pytest.raises(DamagedFile, match="expected sha256 0000"):
        pip_download(replace(wheel, sha256="0" * 64), tmp_path)


def test_file_that_cannot_be_had_says_what_to_do(shelf: Path, wheel: Wheel, tmp_path: Path) -> None:
    """Offline: which file is wanted and where it may be put."""
    with pytest.raises(
        NotReady, match=r"tinyshop==1\.0 could not .* put tinyshop-1\.0-py3-none-any\.whl .*WARMSTART_CACHE"
    ):
        pip_download(wheel, tmp_path)
