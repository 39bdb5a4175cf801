"""How verbs write their results to stdout: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["number", "show", "show_json", "show_table"]

WIDE = 200
"""Columns of a table that goes to a file or pipe."""


def show_json(payload: object) -> None:
    """Print `payload` as JSON; a number that JSON cannot hold (NaN, infinity) is an error, never a null."""
    print(json.dumps(payload, indent=2, ensure_ascii=False, allow_nan=False))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows [rows, columns] under their column names; what is not text is written by `str`."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(column))
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    show(table)


def show(what: RenderableType) -> None:
    """Print what rich can draw."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else WIDE).print(what)


def number(value: float, sign: str = "") -> str:
    """A number as short as five digits tell it; `sign` "+" shows that of positive ones too."""
    return format(value, f"{sign},.5g")
