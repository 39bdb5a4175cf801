"""Gain of treating by predicted effect, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.evaluate.metrics import qini, uplift_at, uplift_metrics

WHOLE = np.ones((1, 4))


def test_qini_of_two_rows() -> None:
    """Curve 0, ½, ½ at shares 0, ½, 1: area 3/8; the diagonal's is 1/4. The reverse order loses as much."""
    score, mask = np.array([[1.0, 0.0]]), np.ones((1, 2))
    assert qini(score, np.array([[2.0, 1.0]]), mask) == pytest.approx([1 / 8])
    assert qini(score, np.array([[1.0, 2.0]]), mask) == pytest.approx([-1 / 8])


def test_rows_that_are_predicted_alike_gain_nothing() -> None:
    """In whichever order they stand: that is what a random choice is worth."""
    score = np.array([[4.0, 0.0, 0.0, 8.0]])
    assert qini(score, np.zeros((1, 4)), WHOLE) == pytest.approx([0.0])
    assert uplift_at(score, np.zeros((1, 4)), WHOLE, 0.5) == pytest.approx([3.0])


def test_equals_share_the_area() -> None:
    """Rows 4 and 0 are alike, and before 0 and 8: means 2, 2, 4, 4 give the curve 0, ½, 1, 2, 3."""
    score, predicted = np.array([[4.0, 0.0, 0.0, 8.0]]), np.array([[2.0, 2.0, 1.0, 1.0]])
    area = (0.5 / 2 + (0.5 + 1) / 2 + (1 + 2) / 2 + (2 + 3) / 2) / 4
    assert qini(score, predicted, WHOLE) == pytest.approx([area - 3 / 2])


def test_padding_is_never_read() -> None:
    """Nor what is predicted of it; each task stands alone; without rows nothing is defined."""
    score = np.array([[1.0, 0.0, 99.0], [np.nan, np.nan, np.nan]])
    predicted = np.array([[2.0, 1.0, 1.0], [np.nan, np.nan, np.nan]])
    mask = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert qini(score, predicted, mask) == pytest.approx([1 / 8, np.nan], nan_ok=True)
    assert uplift_at(score, predicted, mask, 0.5) == pytest.approx([1.0, np.nan], nan_ok=True)


def test_uplift_of_the_first() -> None:
    """Two of four: the mean of their scores; the second place is shared by two that are alike."""
    score = np.array([[1.0, 3.0, 5.0, 7.0]])
    assert uplift_at(score, np.array([[4.0, 3.0, 2.0, 1.0]]), WHOLE, 0.5) == pytest.approx([2.0])
    assert uplift_at(score, np.array([[4.0, 3.0, 3.0, 1.0]]), WHOLE, 0.5) == pytest.approx([(1 + (3 + 5) / 2) / 2])


def test_a_fifth_is_asked() -> None:
    """Of ten rows the best two."""
    score = np.arange(10.0)[None]
    found = uplift_metrics(score, score, np.ones((1, 10)))
    assert set(found) == {"qini", "uplift@20"}
    assert found["uplift@20"] == pytest.approx([8.5])
    assert found["qini"] > 0
