"""A report that fits on a sheet of paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from warmstart.evaluate.result import Report, Row

CURVES = {
    "Head": {0: 0.50, 1: 0.60, 5: 0.80},
    "Trees": {0: 0.45, 1: 0.55, 5: 0.85},
    "Mean": {0: 0.50, 1: 0.50, 5: 0.50},
    "Own": {1: 0.30, 5: 0.70},
}


def make_rows(half: float = 0.01, metric: str = "accuracy", higher: bool = True) -> list[Row]:
    """The curves as rows, each with the same half-width."""
    return [
        Row("all", learner, k, metric, mean, mean - half, mean + half, higher, 40, 0.25)
        for learner, curve in CURVES.items()
        for k, mean in curve.items()
    ]


@pytest.fixture
def rows() -> Callable[..., list[Row]]:
    """Makes the rows of the four curves."""
    return make_rows


@pytest.fixture
def report() -> Report:
    """`Head` is the default, `Trees` another learner, `Mean` and `Own` are baselines."""
    return Report("table", "toys", "kshot", 3, "Head", tuple(make_rows()), "Head", "Adapting gains.", ("Mean", "Own"))
