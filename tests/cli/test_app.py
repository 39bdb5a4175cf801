"""The command line as a whole: version, help, misspelt words, and that every verb's file is registered."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.main import get_command

import warmstart
from warmstart.cli import app as module
from warmstart.cli.app import app, main

CLI = Path(module.__file__).parent


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the version and nothing else."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"warmstart {warmstart.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_shows_every_verb(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No word at all is a request for help."""
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert [verb for verb in vars(get_command(app))["commands"] if verb not in shown] == []


def test_every_verb_is_registered() -> None:
    """Each public file of the folder, save the app, is a verb of the same name."""
    files = {path.stem for path in CLI.glob("*.py") if not path.stem.startswith("_")} - {"app"}
    assert set(vars(get_command(app))["commands"]) == files


@pytest.mark.parametrize(
    ("arguments", "near"),
    [(["docter"], "doctor"), (["doctor", "--jsn"], "--json"), (["data", "lst"], "list"), (["--versoin"], "--version")],
)
def test_misspelt_word(arguments: list[str], near: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt verb or flag ends with exit code 2 and offers the nearest one in one line."""
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert near in said


@pytest.mark.parametrize("arguments", [["--debug", "docter"], ["docter", "--debug"]])
def test_debug_goes_anywhere(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--debug` is understood before and after the verb."""
    assert main(arguments) == 2
    assert "No such command 'docter'" in capsys.readouterr().err
