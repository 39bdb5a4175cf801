"""Read a table file: CSV, TSV, JSON lines (each also .gz, .zip, .xz) and Parquet."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from warmstart.errors import DataError, NotFound
from warmstart.tables._infer import infer, infer_dates

__all__ = ["read_file"]

MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null"]
SEPARATORS = ",;\t|"
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""A damaged Parquet file can make polars panic, which is no `Exception`; of bytes that begin as gzip does it unpacks
what follows, and raises `OSError`."""
BROKEN = (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def read_file(path: Path, *, day_first: bool | None = None) -> pl.DataFrame:
    """The table in a file; types are decided over the whole of it.

    Errors: `NotFound` for a missing file; `DataError` for a damaged archive, a broken line, text that is not UTF-8.
    """
    if not path.is_file():
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise NotFound(f"file in {path.parent}", path.name, near)
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes.pop() if suffixes and suffixes[-1] in UNPACK else None
    kind = suffixes[-1] if suffixes else ""
    if kind not in PARSE:
        expected = f"one of {', '.join(PARSE)}, or one of them with {', '.join(UNPACK)}"
        raise DataError(f"{path.name}: unknown kind of file", expected=expected, got=kind or "no ending")
    try:
        content = UNPACK[packed](path) if packed else path.read_bytes()
    except BROKEN as error:
        raise DataError(f"{path.name}: the archive is damaged or cut off", got=error) from error
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read", got=error.strerror) from error
    return PARSE[kind](content, path.name, day_first)


def _unzip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.namelist() if not m.endswith("/") and not m.startswith("__MACOSX/")]
        if len(members) != 1:
            raise DataError(f"{path.name}: which table?", expected="a zip with one file", got=", ".join(members))
        return archive.read(members[0])


def _gunzip(path: Path) -> bytes:
    with gzip.open(path) as file:
        return file.read()


def _unxz(path: Path) -> bytes:
    with lzma.open(path) as file:
        return file.read()


def _csv(content: bytes, name: str, day_first: bool | None) -> pl.DataFrame:
    """Delimited text; the separator is the one that the first line has most of."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    first = _as_text(content[: content.find(b"\n") if b"\n" in content else len(content)], name)
    if not first.strip():
        raise DataError(f"{name}: no header", expected="a first line with column names", got="an empty line")
    separator = max(SEPARATORS, key=first.count)
    try:
        _check_header(first, separator, name)
        frame = pl.read_csv(
            io.BytesIO(content), separator=separator, infer_schema=False, null_values=MISSING, raise_if_empty=False
        )
    except UNREADABLE as error:
        raise _explained(error, content, name) from error
    return infer(frame, day_first=day_first)


def _check_header(first: str, separator: str, name: str) -> None:
    """Refuse a column name that occurs twice (polars would rename the second one)."""
    line = io.BytesIO(first.encode())
    header = list(pl.read_csv(line, separator=separator, has_header=False, infer_schema=False).row(0))
    twice = next((h for h in header if header.count(h) > 1), None)
    if twice is not None:
        raise DataError(f"{name}: two columns of one name", column=twice, expected="different names", got=len(header))


def _tsv(content: bytes, name: str, day_first: bool | None) -> pl.DataFrame:
    return _csv(content, name, day_first)


def _jsonl(content: bytes, name: str, day_first: bool | None) -> pl.DataFrame:
    try:
        frame = pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
    except UNREADABLE as error:
        raise _explained(error, content, name) from error
    return infer_dates(frame, day_first=day_first)


def _parquet(content: bytes, name: str, day_first: bool | None) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(content))
    except UNREADABLE as error:
        raise DataError(f"{name}: no Parquet file, or a damaged one", got=_first_line(error)) from error


def _as_text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        got = f"byte {content[error.start]:#04x} at {error.start}"
        raise DataError(f"{name}: not UTF-8; save it as UTF-8", expected="UTF-8 text", got=got) from error


def _explained(error: Exception, content: bytes, name: str) -> DataError:
    """Another encoding if it is that, else what the parser said."""
    _as_text(content, name)
    return DataError(f"{name}: a line cannot be read", got=_first_line(error))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


UNPACK: Mapping[str, Callable[[Path], bytes]] = {".gz": _gunzip, ".xz": _unxz, ".zip": _unzip}
PARSE: Mapping[str, Callable[[bytes, str, bool | None], pl.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
