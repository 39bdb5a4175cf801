"""Kolmogorov-Smirnov and recall at few alarms: by hand, and against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from warmstart.evaluate._separation import ks, recall_at_fpr


def test_by_hand() -> None:
    """Above the best threshold lie both of class 1 and one of four of class 0; without an alarm one is found."""
    y = np.array([[1, 0, 1, 0, 0, 0]])
    score = np.array([[0.9, 0.8, 0.7, 0.3, 0.2, 0.1]])
    mask = np.ones((1, 6))
    assert ks(y, score, mask) == pytest.approx([0.75])
    assert [recall_at_fpr(y, score, mask, rate)[0] for rate in (0.0, 0.2, 0.25, 1.0)] == [0.5, 0.5, 1.0, 1.0]


def test_equal_scores_are_taken_by_chance() -> None:
    """Of a tie of two and two, half the alarms allowed find half of class 1; it tells nothing apart."""
    y, score, mask = np.array([[1, 1, 0, 0]]), np.full((1, 4), 0.5), np.ones((1, 4))
    assert recall_at_fpr(y, score, mask, 0.5) == pytest.approx([0.5])
    assert ks(y, score, mask) == pytest.approx([0.0])


def test_undefined() -> None:
    """A task of one class, and one without rows, have neither; padding is never read."""
    y = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0]])
    mask = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 1.0]])
    score = np.array([[0.1, 0.2, np.nan]] * 3)
    for found in (ks(y, score, mask), recall_at_fpr(y, score, mask, 0.01)):
        assert np.isnan(found).all()


def test_against_others() -> None:
    """Per task the two-sample statistic of scipy and the ROC curve of scikit-learn, ties included."""
    rng = np.random.default_rng(0)
    y, score = rng.integers(2, size=(5, 300)), rng.integers(40, size=(5, 300)) / 40
    mask = (np.arange(300) < rng.integers(150, 300, size=(5, 1))).astype(float)
    rows = [np.flatnonzero(row) for row in mask]
    two = [stats.ks_2samp(score[t, r][y[t, r] == 1], score[t, r][y[t, r] == 0]).statistic for t, r in enumerate(rows)]
    np.testing.assert_allclose(ks(y, score, mask), two, rtol=1e-9)
    for rate in (0.01, 0.1):
        curves = [reference.roc_curve(y[t, r], score[t, r], drop_intermediate=False) for t, r in enumerate(rows)]
        expected = [np.interp(rate, alarms, found) for alarms, found, _ in curves]
        np.testing.assert_allclose(recall_at_fpr(y, score, mask, rate), expected, rtol=1e-9)
