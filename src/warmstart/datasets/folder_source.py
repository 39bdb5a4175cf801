"""`folder_source`: any folder of the user's data folder as a source, its tables as they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.errors import DataError

__all__ = ["folder_source", "raw_frames"]

_README = "README.txt"
_NOT_STATED = "not stated"


def folder_source(folder: Path) -> Source:
    """Source named after the folder, with hyphens; a README.txt with lines such as `Licence: …` tells the rest."""
    readme = folder / _README
    said = _fields(readme.read_text(encoding="utf-8", errors="replace")) if readme.is_file() else {}
    return Source(
        name=folder.name.replace("_", "-"),
        summary=said.get("What", f"tables in {folder.name}"),
        licence=said.get("Licence", _NOT_STATED),
        origin=said.get("Source", _NOT_STATED),
        task_keys=tuple(re.findall(r"([^;]+?):[^;]*(?:;\s*|$)", said.get("Task key", ""))),
        folder=folder.name,
    )


def _fields(text: str) -> Mapping[str, str]:
    return {key: value.strip() for key, value in re.findall(r"^(\w[\w ]*):(.*)$", text, flags=re.MULTILINE)}


def raw_frames(files: Files) -> dict[str, pl.DataFrame]:
    """Every CSV (plain or gzip) and Parquet file, by its name without the ending; types are guessed from all rows.

    Errors: `DataError` naming the file that is no such table.
    """
    return {_stem(name): _frame(files, name) for name in files.names if _stem(name) != name}


def _stem(name: str) -> str:
    return re.sub(r"\.(csv|csv\.gz|parquet)$", "", name)


def _frame(files: Files, name: str) -> pl.DataFrame:
    content = files.read(name)
    try:
        return pl.read_parquet(content) if name.endswith(".parquet") else pl.read_csv(content, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{files.place}: {name} is no table: {str(error).splitlines()[0]}") from error
