"""`describe_frame`: what a table holds, column by column, before anything is assumed about it."""

from __future__ import annotations

import polars as pl

__all__ = ["describe_frame"]

_EXAMPLE_LETTERS = 60


def describe_frame(frame: pl.DataFrame) -> dict[str, object]:
    """Number of rows, and for each column: its type, how many values are missing, how many differ, and one of them."""
    return {"rows": frame.height, "columns": [_column(frame[name]) for name in frame.columns]}


def _column(values: pl.Series) -> dict[str, object]:
    present = values.drop_nulls()
    return {
        "name": values.name,
        "type": str(values.dtype),
        "missing": len(values) - len(present),
        "different": present.n_unique(),
        "example": None if present.is_empty() else str(present[0])[:_EXAMPLE_LETTERS],
    }
