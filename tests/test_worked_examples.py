"""The pages under `docs/examples/` are run from top to bottom, and say what they print.

`WARMSTART_PAGES=write` writes what is printed into the pages instead; a line `…` then has to be put back by hand.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from warmstart.cli.app import main
from warmstart.datasets import catalog
from warmstart.datasets.fetch import locate

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")
BLOCK = re.compile(r"^```(python|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?")
CLOSE = 0.05
"""How far numbers may be off, or by which share: other processors add in another order."""

# Looked up before the tests get a cache of their own.
PLACES = {name: locate(catalog.get(name)) for name in catalog.names()}


def lines(text: str) -> list[str]:
    """What counts of a text: lines that say something, blanks and rules of any length, no model's version."""
    plain = re.sub(r"\bmodel [0-9a-f]{12}\b", "model", text)
    return [" ".join(line.split()) for line in re.sub("─+", "", plain).splitlines() if line.strip(" ─")]


def same(shown: str, printed: str) -> bool:
    """Whether two lines have the same words, and numbers that are close."""
    if NUMBER.sub("#", shown) != NUMBER.sub("#", printed):
        return False
    pairs = zip(*([float(x.replace(",", "")) for x in NUMBER.findall(line)] for line in (shown, printed)), strict=True)
    return all(abs(a - b) <= max(CLOSE, CLOSE * abs(b)) for a, b in pairs)


def unlike(shown: str, printed: str) -> str | None:
    """The first line shown that was not printed at its place; `…` stands for any lines."""
    left, free = lines(printed), False
    for line in lines(shown):
        if line == "…":
            free = True
            continue
        found = next((i for i, each in enumerate(left[: None if free else 1]) if same(line, each)), None)
        if found is None:
            return line
        left, free = left[found + 1 :], False
    return None if free or not left else left[0]


def run(language: str, block: str, names: dict[str, Any]) -> str:
    """What a block prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        if language == "python":
            exec(compile(block, "page", "exec"), names)
            return out.getvalue()
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            assert words[0] == "warmstart", line
            assert main(words[1:]) == 0, line
    return out.getvalue()


def bring(data: list[str]) -> None:
    """Data that the page needs, from where they lie to where the test finds them; else it is skipped."""
    assert data
    for name in data:
        place, cache = PLACES[name], Path(os.environ["WARMSTART_CACHE"])
        if place is None:
            pytest.skip(f"{name} is not on this machine")
        if place.is_file():
            cache.mkdir(exist_ok=True)
            with contextlib.suppress(FileExistsError):
                (cache / place.name).symlink_to(place)


def test_lines_are_compared() -> None:
    """Numbers may be a little off, words may not; lines may be left out where the page says so."""
    assert unlike("mean 1,000 ± .20\n…\nend", "mean 1,010 ± .21\n──\nmiddle\n\nend") is None
    assert unlike("mean 1,000", "mean 1,100") == "mean 1,000"
    assert unlike("mean 1", "median 1") == "mean 1"
    assert unlike("mean 1\nend", "mean 1\nmiddle\nend") == "end"
    assert unlike("mean 1", "mean 1\nend") == "end"


def test_pages_show_output() -> None:
    """Every page has code, output, and no block in another language."""
    for page in PAGES:
        text = page.read_text("utf-8")
        languages = re.findall(r"^```(.+)$", text, re.MULTILINE)
        assert set(languages) <= {"python", "sh", "text"}, page.name
        assert "text" in languages, page.name


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block runs, one after the other, and each output is what was printed since the one before."""
    text = page.read_text("utf-8")
    bring([name for name in PLACES if f'"{name}"' in text or f"--data {name} " in text])
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    printed, written, wrong = "", text, []
    for language, block in BLOCK.findall(text):
        if language != "text":
            printed += run(language, block, names)
            continue
        if (line := unlike(block, printed)) is not None:
            wrong.append(line)
            shown = "".join(f"{each.rstrip()}\n" for each in printed.splitlines() if each.strip())
            written = written.replace(f"```text\n{block}```", f"```text\n{shown}```", 1)
        printed = ""
    if os.environ.get("WARMSTART_PAGES") == "write":
        page.write_text(written, "utf-8")
    else:
        assert wrong == []
