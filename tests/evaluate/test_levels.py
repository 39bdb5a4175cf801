"""`level_metrics`: errors of ordered classes by hand."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.evaluate.metrics import level_metrics

VALUES = np.array([1.0, 2.0, 5.0])
SURE = np.eye(3)
"""Probabilities that are certain of each level."""


def test_errors_are_in_what_levels_count_as() -> None:
    """Certain of 2 where it is 5, and right beside it: 3 and 0 apart."""
    found = level_metrics(np.array([[2, 1]]), SURE[[[1, 1]]], VALUES, np.ones((1, 2)))
    assert found["mae"][0] == 1.5
    assert found["rmse"][0] == pytest.approx(np.sqrt(4.5))


def test_absolute_error_is_of_the_median_and_squared_error_of_the_mean() -> None:
    """0.6 of 1 and 0.4 of 5: the median is 1, the mean 2.6."""
    probability = np.array([[[0.6, 0.0, 0.4]]])
    found = level_metrics(np.array([[0]]), probability, VALUES, np.ones((1, 1)))
    assert (found["mae"][0], found["rmse"][0]) == (0.0, pytest.approx(1.6))


def test_kappa_counts_steps() -> None:
    """All right is 1, all turned round is -1; padding counts nowhere."""
    y, mask = np.array([[0, 1, 2, 0]]), np.array([[1.0, 1.0, 1.0, 0.0]])
    assert level_metrics(y, SURE[y], VALUES, mask)["qwk"][0] == pytest.approx(1)
    assert level_metrics(y, SURE[2 - y], VALUES, mask)["qwk"][0] == pytest.approx(-1)
