"""Every way a verb can fail ends as one line on stderr and the exit code of its kind."""

from __future__ import annotations

from typing import NoReturn

import pytest
import typer

from warmstart.cli._boundary import guarded
from warmstart.errors import Conflict, DamagedFile, DataError, InternalError, NotFound, NotReady, UsageError

ENDS = [
    (UsageError("no such key"), 2, "error: no such key"),
    (NotFound("data set", "ta-fang", ["ta-feng"]), 2, "error: no data set named 'ta-fang': did you mean ta-feng?"),
    (DataError("not a number", column="price", row=3), 3, "error: column 'price': row 3: not a number"),
    (Conflict("the same id"), 3, "error: the same id"),
    (DamagedFile("model: a byte changed"), 3, "error: model: a byte changed"),
    (NotReady("offline"), 4, "error: offline"),
    (InternalError("lost"), 1, "error: internal: lost; `--debug` shows where it came from"),
    (ValueError("odd"), 1, "error: internal: ValueError: odd; `--debug` shows where it came from"),
    (UsageError("two\nlines [bold]"), 2, "error: two lines [bold]"),
    (typer.BadParameter("too big"), 2, "error: Invalid value: too big"),
    (typer.Abort(), 1, "error: stopped"),
    (KeyboardInterrupt(), 130, "error: interrupted"),
]


def failing(error: BaseException) -> NoReturn:
    """A verb that fails with this error."""
    raise error


@pytest.mark.parametrize(("error", "code", "line"), ENDS, ids=lambda v: type(v).__name__ if v is not str else v)
def test_error_becomes_a_line(error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, the right exit code, no traceback, nothing on stdout."""
    assert guarded(lambda: failing(error), debug=False) == code
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize("error", [ValueError("odd"), DataError("odd"), InternalError("odd")])
def test_debug_shows_the_traceback(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--debug` the traceback comes first, the line last and without the hint."""
    guarded(lambda: failing(error), debug=True)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Traceback (most recent call last):"
    assert said[-1].startswith("error: ")
    assert said[-1].endswith("odd")


@pytest.mark.parametrize(("value", "code"), [(None, 0), (0, 0), (2, 2)])
def test_what_a_verb_returns_is_the_exit_code(value: int | None, code: int) -> None:
    """Nothing returned is success."""
    assert guarded(lambda: value, debug=False) == code
