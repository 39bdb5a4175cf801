"""How verbs write their results to stdout: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

__all__ = ["show_json", "show_table"]

WIDE = 200
"""Columns of a table that goes to a file or pipe."""


def show_json(payload: object) -> None:
    """Print `payload` as JSON; a number that JSON cannot hold (NaN, infinity) is an error, never a null."""
    print(json.dumps(payload, indent=2, ensure_ascii=False, allow_nan=False))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows [rows, columns] under their column names; what is not text is written by `str`."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)
