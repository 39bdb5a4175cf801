"""Every error that warmstart raises on purpose.

WarmstartError
├── UserError            422  exit 3   the input is at fault; nothing was changed
│   ├── UsageError       400  exit 2   a call, flag or setting that does not exist or does not fit
│   ├── NotFound         404  exit 2   an unknown name; the nearest known names are offered
│   ├── DataError        422  exit 3   a table, column, row or value; names column, row, expected, got
│   ├── Conflict         409  exit 3   the same key with other content
│   └── DamagedFile      422  exit 3   a file whose bytes are not those that were written
├── NotReady             503  exit 4   something that is needed is not there yet: a download, a model, an extra
│   └── Overloaded       429  exit 4   more is asked at once than can be done; ask again later
└── InternalError        500  exit 1   our fault
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "Conflict",
    "DamagedFile",
    "DataError",
    "InternalError",
    "NotFound",
    "NotReady",
    "Overloaded",
    "UsageError",
    "UserError",
    "WarmstartError",
]


class WarmstartError(Exception):
    """The root: what was expected, what came, what to do."""

    http_status = 500
    exit_code = 1

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes an error stays itself: it is not made anew from its message, which not each can be."""
        return Exception.__new__, (type(self), *self.args), vars(self)


class UserError(WarmstartError):
    """The input is at fault; nothing was changed."""

    http_status = 422
    exit_code = 3


class UsageError(UserError):
    """A call, flag or setting that does not exist or does not fit."""

    http_status = 400
    exit_code = 2


class NotFound(UserError):
    """An unknown name, with the nearest known ones."""

    http_status = 404
    exit_code = 2

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
        super().__init__(f"no {what} named {name!r}: {hint}")


class DataError(UserError):
    """A table, column, row or value that cannot be used."""

    def __init__(
        self,
        message: str,
        *,
        column: str | None = None,
        row: int | str | None = None,
        expected: str | None = None,
        got: object = None,
    ) -> None:
        where = "".join(
            f"{label} {value!r}: " for label, value in (("column", column), ("row", row)) if value is not None
        )
        said = "".join(
            f"; {label} {value}" for label, value in (("expected", expected), ("got", got)) if value is not None
        )
        super().__init__(f"{where}{message}{said}")
        self.column, self.row = column, row


class Conflict(UserError):
    """The same key came with other content."""

    http_status = 409


class DamagedFile(UserError):
    """A file whose bytes are not those that were written."""


class NotReady(WarmstartError):
    """Something that is needed is not there yet: a download, a model, an extra."""

    http_status = 503
    exit_code = 4


class Overloaded(NotReady):
    """More is asked at once than can be done; nothing was changed, and the same call is right a little later."""

    http_status = 429

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InternalError(WarmstartError):
    """Our fault."""
