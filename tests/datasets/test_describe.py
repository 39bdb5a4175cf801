"""What a table holds, column by column."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.describe import describe_frame


def test_columns_are_counted() -> None:
    """Three rows: one value missing, two different, the first shown; a column of nothing has no example."""
    said = describe_frame(pl.DataFrame({"who": ["ann", "bob", "ann"], "n": [1, None, 3], "none": [None] * 3}))
    assert said["rows"] == 3
    assert said["columns"] == [
        {"name": "who", "type": "String", "missing": 0, "different": 2, "example": "ann"},
        {"name": "n", "type": "Int64", "missing": 1, "different": 2, "example": "1"},
        {"name": "none", "type": "Null", "missing": 3, "different": 0, "example": None},
    ]
