"""Where an error becomes one line on stderr and an exit code."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import typer

from warmstart.errors import InternalError, WarmstartError

__all__ = ["guarded"]

_INTERRUPTED = 130
_HINT = "; `--debug` shows where it came from"


def guarded(call: Callable[[], int | None], *, debug: bool) -> int:
    """Exit code of `call`; what it raises is said in one line, with the traceback before it if `debug`."""
    try:
        return call() or 0
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exception(error)
        message, exit_code = _ending(error, "" if debug else _HINT)
    _say(" ".join(message.split("\n")))
    return exit_code


def _ending(error: BaseException, hint: str) -> tuple[str, int]:
    match error:
        case KeyboardInterrupt():
            return "interrupted", _INTERRUPTED
        case typer.Abort():
            return "stopped", 1
        case typer.TyperException():
            return error.format_message(), error.exit_code
        case InternalError():
            return f"internal: {error}{hint}", error.exit_code
        case WarmstartError():
            return str(error), error.exit_code
        case _:
            return f"internal: {type(error).__name__}: {error}{hint}", InternalError.exit_code


def _say(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, highlight=False).print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
