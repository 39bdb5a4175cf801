"""Members of a folder, a zip and a tar, under the same names."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from warmstart.datasets.files import Files, folder_files, open_files, tar_files, zip_files
from warmstart.errors import DamagedFile, NotReady

CONTENTS = {"a.csv": b"x\n1\n", "deep/b.csv": b"y\n2\n"}


def zipped() -> bytes:
    """The contents as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in CONTENTS.items():
            archive.writestr(name, data)
    return content.getvalue()


def tarred(mode: str) -> bytes:
    """The contents as a tar."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        for name, data in CONTENTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def foldered(folder: Path) -> Path:
    """The contents as a folder."""
    for name, data in CONTENTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def opened(kind: str, folder: Path) -> Files:
    """The contents in one of the ways that they can lie."""
    match kind:
        case "folder":
            return folder_files(foldered(folder))
        case "zip":
            return zip_files(zipped(), "a zip")
        case "whl":
            (folder / "x.whl").write_bytes(zipped())
            return open_files(folder / "x.whl")
        case "tar.gz":
            (folder / "x.tar.gz").write_bytes(tarred("w:gz"))
            return open_files(folder / "x.tar.gz")
        case _:
            return tar_files(tarred("w"), "a tar")


@pytest.mark.parametrize("kind", ["folder", "zip", "whl", "tar", "tar.gz"])
def test_every_place_reads_alike(kind: str, tmp_path: Path) -> None:
    """Names and bytes are those that went in."""
    files = opened(kind, tmp_path)
    assert {name: files.read(name) for name in files.names} == CONTENTS


def test_missing_member_is_named(tmp_path: Path) -> None:
    """The message says what there is instead."""
    with pytest.raises(NotReady, match=r"no file 'c\.csv'; it has a\.csv, deep/b\.csv"):
        open_files(foldered(tmp_path)).read("c.csv")


@pytest.mark.parametrize("content", [b"", b"not it", tarred("w:gz")[:-9]])
def test_damaged_tar_is_refused(content: bytes) -> None:
    """Nothing, something else, half of it."""
    with pytest.raises(DamagedFile):
        tar_files(content, "x")


@pytest.mark.parametrize("content", [b"", b"not it", zipped()[:-30]])
def test_damaged_zip_is_refused(content: bytes) -> None:
    """Nothing, something else, half of it."""
    with pytest.raises(DamagedFile, match="not a zip"):
        zip_files(content, "x")


def test_damaged_member_is_refused() -> None:
    """A zip whose member does not match its own checksum."""
    files = zip_files(zipped().replace(b"x\n1\n", b"x\n9\n"), "x")
    with pytest.raises(DamagedFile, match=r"'a\.csv' cannot be read"):
        files.read("a.csv")
