"""`ReasonCode`: how a fact is told."""

from __future__ import annotations

import pytest

from warmstart.explain.reason_code import ReasonCode
from warmstart.tables.usual_value import Told


@pytest.mark.parametrize(
    ("value", "usual", "effect", "words"),
    [
        (1200.0, 2400.0, 0.41, "fact 1200 (usual 2400): +0.41"),
        (0.12345, -3.0, -0.0049, "fact 0.1235 (usual -3): -0.0049"),
        (250000.0, 2017.0, 1234.5, "fact 250000 (usual 2017): +1,234"),
        (1.0, 2.0, 34.44, "fact 1 (usual 2): +34.4"),
        ("New York", "Bath", 12.0, "fact New York (usual Bath): +12"),
        (None, 3.0, -12.0, "fact none (usual 3): -12"),
        ("x" * 41, None, 1.0, f"fact {'x' * 39}… (usual none): +1"),
    ],
)
def test_words(value: Told, usual: Told, effect: float, words: str) -> None:
    """Short numbers, no separators in values (a year is one), long text cut, nothing told is none."""
    assert str(ReasonCode("fact", value, usual, effect)) == words
