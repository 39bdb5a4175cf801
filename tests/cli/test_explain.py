"""`explain`: the prior and the support rows add up to the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[[str], tuple[int, str, str]]


def test_parts_add_up(shop: Path, run: Run) -> None:
    """Prior and effects of the three support rows give what `predict` says."""
    options = "model --support first.csv --query ask.csv --json"
    why, answer = (json.loads(run(f"{verb} {options}")[1]) for verb in ("explain", "predict"))
    assert why["exact"] is True
    for row, mean in zip(why["rows"], answer["mean"], strict=True):
        assert row["prior"] + sum(s["effect"] for s in row["support"]) == pytest.approx(mean, rel=1e-4)
        assert [c["column"] for c in row["reason_codes"]] == ["price"]


def test_table(shop: Path, run: Run) -> None:
    """The table names support rows and facts with signed effects."""
    code, out, _ = run("explain model --support first.csv --query ask.csv")
    assert code == 0
    assert "add up to it" in out
    assert "+" in out
    assert "support row" in out
    assert "answer: sold;" in out
    assert "price 1.5 (usual " in out
