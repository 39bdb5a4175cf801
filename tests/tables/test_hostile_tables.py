"""Files that are no tables, or strange ones: a table comes out, or one of our errors."""

from __future__ import annotations

import gzip
import io
import os
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmstart.errors import DataError, UserError
from warmstart.tables.readers import read_table

CASES = 5_000 if "WARMSTART_FAULTS" in os.environ else 200
"""Of each test; `make faults` wants many."""
fuzzed = settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])

CELLS = st.sampled_from(
    [
        "",
        "1",
        "-0",
        "1e400",
        "NaN",
        "007",
        "\uff19",
        "2024-05-31",
        "31/5/2024",
        "0000-00-00",
        "true",
        '"',
        '""',
        '"a,b"',
        "\\",
    ]
) | st.text(max_size=6)
LINES = st.lists(st.lists(CELLS, max_size=4), max_size=5)
GLUE = st.sampled_from([",", ";", "\t", "|", "\0", " "])
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\v"])
FORMULAS = ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "<script>alert(1)</script>", "'; DROP TABLE events; --"]


def read(folder: Path, name: str, content: bytes) -> None:
    """What the file holds is a table, or an error that names what is wrong."""
    path = folder / name
    path.write_bytes(content)
    with suppress(UserError):
        assert read_table(path).height > 0


@fuzzed
@given(LINES, GLUE, ENDS, st.sampled_from(["t.csv", "t.tsv"]), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_text(tmp_path: Path, lines: list[list[str]], glue: str, end: str, name: str, encoding: str) -> None:
    """Quotes that never end, lines of any length, dates that are none, other encodings."""
    text = end.join(glue.join(cells) for cells in lines)
    read(tmp_path, name, text.encode(encoding, "replace"))


@fuzzed
@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.jsonl", "t.parquet", "t.csv.gz", "t.csv.xz", "t.csv.zip"]))
def test_any_bytes(tmp_path: Path, content: bytes, name: str) -> None:
    """Of every kind that there is."""
    read(tmp_path, name, content)


@fuzzed
@given(st.binary(max_size=200))
def test_any_bytes_in_an_archive(tmp_path: Path, content: bytes) -> None:
    """Whole archives of what is no table."""
    read(tmp_path, "t.csv.gz", gzip.compress(content))


@fuzzed
@given(st.data())
def test_damaged_files(tmp_path: Path, data: st.DataObject) -> None:
    """A Parquet file, JSON lines and a CSV, each with a piece flipped, cut out or put in."""
    name = data.draw(st.sampled_from(sorted(WHOLE)))
    whole = WHOLE[name]
    at = data.draw(st.integers(0, len(whole)))
    piece = data.draw(st.binary(max_size=20))
    read(tmp_path, name, whole[:at] + piece + whole[at + data.draw(st.integers(0, 20)) :])


def test_bytes_of_another_kind(tmp_path: Path) -> None:
    """JSON lines and a CSV that begin as a gzip file does, which polars would unpack."""
    for name in ("t.jsonl", "t.csv"):
        read(tmp_path, name, b"\x1f\x8b" + WHOLE[name])


def packed() -> dict[str, bytes]:
    """One small table in each kind of file."""
    frame = pl.DataFrame({"shop": ["a", None], "price": [1.5, 2.0], "day": ["2024-05-31", "2024-06-01"], "n": [1, 2]})
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    return {
        "t.parquet": parquet.getvalue(),
        "t.jsonl": frame.write_ndjson().encode(),
        "t.csv": frame.write_csv().encode(),
        "t.csv.gz": gzip.compress(frame.write_csv().encode(), mtime=0),
    }


WHOLE = packed()


def test_formulas_are_text(tmp_path: Path) -> None:
    """What a spreadsheet or a browser would run is read as it stands, and nothing else."""
    quoted = "".join(f'{i},"{text}"\n' for i, text in enumerate(FORMULAS))
    (tmp_path / "t.csv").write_text(f"i,text\n{quoted}")
    assert read_table(tmp_path / "t.csv")["text"].to_list() == FORMULAS


def test_an_archive_of_nothing_but_zeros(tmp_path: Path) -> None:
    """It is refused as a line that is no header, after it was unpacked."""
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(bytes(10**7)))
    with pytest.raises(DataError):
        read_table(tmp_path / "t.csv.gz")
