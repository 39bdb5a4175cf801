"""docs/cli.md lists every verb with its arguments and flags, as the program itself knows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from warmstart.cli.app import app
from warmstart.evaluate.protocols import PROTOCOLS
from warmstart.learners.registry import learners

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def rows(command: Any, words: str) -> Iterator[str]:
    """A line of the page's table for each verb below `command`."""
    for name, verb in vars(command).get("commands", {}).items():
        yield from rows(verb, f"{words} {name}")
    if "commands" not in vars(command):
        shown = " ".join([words, *(written(p) for p in command.params if p.name != "help")])
        yield f"| `{shown}` | {command.help.splitlines()[0]} |"


def written(parameter: Any) -> str:
    """One argument or flag; brackets say that it may be left out, three dots that it may be repeated."""
    value = (parameter.metavar or parameter.name).upper() + "…" * getattr(parameter, "multiple", False)
    flag = max(parameter.opts, key=len) if parameter.param_type_name == "option" else ""
    shown = flag if getattr(parameter, "is_flag", False) else f"{flag} {value}".strip()
    return shown if parameter.required else f"[{shown}]"


def test_page_is_complete() -> None:
    """The table of the page is exactly this one."""
    told = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `warmstart")]
    assert told == list(rows(get_command(app), "warmstart"))


def test_names_are_documented() -> None:
    """Every learner and protocol that can be typed stands in the pages."""
    pages = "".join((PAGE.parent / name).read_text("utf-8") for name in ("learners.md", "evaluation.md"))
    typed = [*learners(), *PROTOCOLS]
    assert [name for name in typed if f"`{name}`" not in pages] == []
