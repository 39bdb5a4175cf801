"""`Explanation`: totals, reasons, JSON."""

from __future__ import annotations

import json

import numpy as np

from warmstart.explain.explanation import Explanation

WHY = Explanation(
    link="identity",
    query=["row 0", "row 1"],
    support=["a", "b", "c"],
    prior=np.array([10.0, 20.0]),
    parts=np.array([[1.0, -5.0, 2.0], [0.0, 0.5, 0.5]]),
    exact=True,
    columns={"price": np.array([3.0, -1.0])},
)


def test_total() -> None:
    """Prior and all parts."""
    assert WHY.total.tolist() == [8.0, 21.0]


def test_reasons() -> None:
    """Largest effects first, whichever way they go; equal ones in the order of the support."""
    assert WHY.reasons(0, 2) == [("b", -5.0), ("c", 2.0)]
    assert WHY.reasons(1) == [("b", 0.5), ("c", 0.5), ("a", 0.0)]


def test_to_dict() -> None:
    """Everything as JSON values, row by row."""
    said = json.loads(json.dumps(WHY.to_dict(), allow_nan=False))
    assert (said["link"], said["exact"]) == ("identity", True)
    assert said["rows"][0] == {
        "query": "row 0",
        "prior": 10.0,
        "total": 8.0,
        "support": [{"row": "a", "effect": 1.0}, {"row": "b", "effect": -5.0}, {"row": "c", "effect": 2.0}],
        "columns": [{"column": "price", "effect": 3.0}],
    }
