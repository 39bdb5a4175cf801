"""`Explanation`: totals, reasons, JSON."""

from __future__ import annotations

import json

import numpy as np

from warmstart.explain.explanation import Explanation
from warmstart.explain.reason_code import ReasonCode

WHY = Explanation(
    link="identity",
    about="units",
    query=["row 0", "row 1"],
    support=["a", "b", "c"],
    answer=np.array([8.0, 21.0]),
    prior=np.array([10.0, 20.0]),
    parts=np.array([[1.0, -5.0, 2.0], [0.0, 0.5, 0.5]]),
    exact=True,
    columns={"price": np.array([3.0, 0.0]), "town": np.array([-4.0, -1.0])},
    values={"price": [1.5, 2.0], "town": ["Bath", "Bath"]},
    usual={"price": 2.0, "town": "York"},
)


def test_total() -> None:
    """Prior and all parts."""
    assert WHY.total.tolist() == [8.0, 21.0]


def test_reasons() -> None:
    """Largest effects first, whichever way they go; equal ones in the order of the support."""
    assert WHY.reasons(0, 2) == [("b", -5.0), ("c", 2.0)]
    assert WHY.reasons(1) == [("b", 0.5), ("c", 0.5), ("a", 0.0)]


def test_reason_codes() -> None:
    """Largest first whichever way they push, no more than asked; a usual value is no reason."""
    price, town = ReasonCode("price", 1.5, 2.0, 3.0), ReasonCode("town", "Bath", "York", -4.0)
    assert WHY.reason_codes(0) == (town, price)
    assert WHY.reason_codes(0, 1) == (town,)
    assert [code.column for code in WHY.reason_codes(1)] == ["town"]
    assert (price.direction, town.direction) == ("up", "down")


def test_to_dict() -> None:
    """Everything as JSON values, row by row."""
    said = json.loads(json.dumps(WHY.to_dict(), allow_nan=False))
    assert (said["link"], said["about"], said["exact"]) == ("identity", "units", True)
    assert said["rows"][0] == {
        "query": "row 0",
        "prior": 10.0,
        "answer": 8.0,
        "total": 8.0,
        "support": [{"row": "a", "effect": 1.0}, {"row": "b", "effect": -5.0}, {"row": "c", "effect": 2.0}],
        "reason_codes": [
            {"column": "town", "value": "Bath", "usual": "York", "effect": -4.0, "direction": "down"},
            {"column": "price", "value": 1.5, "usual": 2.0, "effect": 3.0, "direction": "up"},
        ],
    }
