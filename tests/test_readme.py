"""Both READMEs are run: every Python block, and every command line as far as its verb and flags."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from warmstart.cli.app import app

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
PAGES = (*READMES, "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md"))))


def blocks(page: str, language: str) -> list[str]:
    """Texts of the fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def command_lines(page: str) -> list[list[str]]:
    """Words after `warmstart` of every command in a page's shell blocks and inline code."""
    inline = re.findall(r"`(warmstart [^`\n]+)`", (ROOT / page).read_text("utf-8"))
    lines = [line.removeprefix("$ ") for block in blocks(page, "sh") for line in block.splitlines()]
    found = [line for line in [*lines, *inline] if line.startswith("warmstart ")]
    return [shlex.split(line, comments=True)[1:] for line in found]


def unknown_words(words: list[str]) -> list[str]:
    """Verbs and flags of a command line that `warmstart` does not have."""
    command: Any = get_command(app)
    flags = {flag for p in command.params for flag in p.opts}
    while words and not words[0].startswith("-") and "commands" in vars(command):
        if words[0] not in command.commands:
            return [words[0]]
        command, words = command.commands[words[0]], words[1:]
        flags |= {flag for p in command.params for flag in [*p.opts, *p.secondary_opts]}
    return [word for word in words if word.startswith("-") and word.split("=")[0] not in flags | {"--help"}]


@pytest.mark.parametrize("page", READMES)
def test_python_blocks_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of a README runs, one after the other, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    found = blocks(page, "python")
    assert found, "a README without an example"
    namespace: dict[str, Any] = {"__name__": "readme"}
    for block in found:
        exec(compile(block, page, "exec"), namespace)


@pytest.mark.parametrize("page", READMES)
def test_no_block_is_skipped(page: str) -> None:
    """No fence hides Python from the test above by another spelling of its language."""
    fences = re.findall(r"^```(.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert set(fences) <= {"python", "sh"}


@pytest.mark.parametrize("page", PAGES)
def test_command_lines_exist(page: str) -> None:
    """Every `warmstart …` that a page shows has a verb and flags that exist."""
    wrong = {" ".join(words): bad for words in command_lines(page) if (bad := unknown_words(words))}
    assert wrong == {}


def test_unknown_words_are_found() -> None:
    """A verb or flag that does not exist is named, one that does is not."""
    assert unknown_words(["docter"]) == ["docter"]
    assert unknown_words(["doctor", "--jason"]) == ["--jason"]
    assert unknown_words(["doctor", "--json"]) == []


def test_test_command() -> None:
    """The README says in the sentence that `.ci/run` looks for what the test command is."""
    assert "\nThe test command is `make test`." in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", READMES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link and picture of a README is a file of the project."""
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []
