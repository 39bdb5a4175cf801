"""Folders of the user's own."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.folder_source import folder_source, raw_frames
from warmstart.errors import DataError

InMemory = Callable[[Mapping[str, bytes]], Files]


def test_folder_without_a_readme_is_a_source(tmp_path: Path) -> None:
    """What is not told is said to be not stated."""
    source = folder_source(tmp_path)
    assert (source.licence, source.origin, source.task_keys) == ("not stated", "not stated", ())


def test_types_are_guessed_from_all_rows(in_memory: InMemory, parquet: Callable[[pl.DataFrame], bytes]) -> None:
    """A word in row 500 makes a column of words; files that are no tables are passed over."""
    csv = "n\n" + "1\n" * 499 + "x\n"
    files = in_memory({"a.csv": csv.encode(), "b.parquet": parquet(pl.DataFrame({"k": [1]})), "README.txt": b"hi"})
    frames = raw_frames(files)
    assert set(frames) == {"a", "b"}
    assert frames["a"]["n"].dtype == pl.String


@pytest.mark.parametrize(
    ("name", "content"), [("b.parquet", b"not it"), ("b.csv.gz", gzip.compress(b"n\n1\n", mtime=0)[:-8])]
)
def test_broken_table_is_named(name: str, content: bytes, in_memory: InMemory) -> None:
    """Something else, half an archive: the message says which file."""
    with pytest.raises(DataError, match=f"{name} is no table"):
        raw_frames(in_memory({name: content}))
