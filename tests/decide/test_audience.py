"""`audience` on a handful of customers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from warmstart.decide.audience import audience
from warmstart.errors import UsageError


def picked(scores: Any, size: int, seed: int = 0) -> list[int]:
    """The rule with a seed."""
    return audience(scores, size, np.random.default_rng(seed)).tolist()


def test_the_best_come_first() -> None:
    """Two of four, the higher score before the lower."""
    assert picked([0.1, 0.9, 0.3, 0.5], 2) == [1, 3]


def test_who_is_kept_out_is_not_replaced() -> None:
    """Of three customers one may not be written to: two are left for five places."""
    assert picked([0.1, -np.inf, 0.3], 5) == [2, 0]


def test_ties_are_drawn() -> None:
    """Of three equal customers each has the one place under some seed; a better one always has it."""
    assert {picked([1.0, 1.0, 1.0], 1, seed)[0] for seed in range(30)} == {0, 1, 2}
    assert {picked([1.0, 2.0, 1.0], 2, seed)[0] for seed in range(30)} == {1}


@pytest.mark.parametrize(
    ("scores", "size", "said"),
    [
        ([1.0], 0, "an audience has 1 or more customers; got 0"),
        ([[1.0]], 1, "one a customer; got shape (1, 1)"),
        ([1.0, np.nan], 1, "scores are numbers below infinity"),
        ([1.0, np.inf], 1, "scores are numbers below infinity"),
    ],
)
def test_what_is_refused(scores: Any, size: int, said: str) -> None:
    """No places, a score for each pair, a gap, an infinite score."""
    with pytest.raises(UsageError, match=re.escape(said)):
        picked(scores, size)
