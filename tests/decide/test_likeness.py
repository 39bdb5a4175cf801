"""Similarity of items by vectors, categories, sets and numbers."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.decide._diversity import Diversity
from warmstart.decide._likeness import likeness
from warmstart.types import Rows


def test_vectors() -> None:
    """The cosine; an opposite is no less alike than a stranger, and a vector of zeros is like nothing."""
    found = likeness(np.array([[1.0, 0.0], [3.0, 3.0], [-1.0, 0.0], [0.0, 0.0]]))
    half = np.sqrt(0.5)
    assert found == pytest.approx(np.array([[1, half, 0, 0], [half, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]))


def test_codes() -> None:
    """The share of equal columns; an unknown category, 0, equals nothing."""
    found = likeness(np.array([[1, 2], [1, 3], [0, 2], [0, 0]], np.int32))
    assert found.tolist() == [[1, 0.5, 0.5, 0], [0.5, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 0]]


def test_rows() -> None:
    """The mean of one category that is equal, sets that share one of two members each, and numbers one apart."""
    numbers = np.array([[0.0, 0.0], [1.0, -1.0]], np.float32)
    bag = np.array([[4, 2, 0], [2, 9, 0]], np.int32)
    rows = Rows(numbers, np.array([[3], [3]], np.int32), (bag,))
    apart = (1 + 0.5 + np.exp(-0.5)) / 3
    assert likeness(rows) == pytest.approx(np.array([[1, apart], [apart, 1]]))


def test_some_of_the_catalogue() -> None:
    """Candidates are compared in their own order."""
    codes = np.array([[1], [2], [1]], np.int32)
    rows = Rows(np.zeros((3, 0), np.float32), np.zeros((3, 0), np.int32), (codes,))
    for features in (codes, rows):
        held = Diversity(features)
        assert len(held) == 3
        assert held.likeness(np.array([2, 1])).tolist() == [[1, 0], [0, 1]]
        assert held.likeness(np.array([2, 0])).tolist() == [[1, 1], [1, 1]]


def test_nothing_known() -> None:
    """Items of which nothing is known have nothing in common."""
    nothing = Rows(np.zeros((2, 0), np.float32), np.zeros((2, 0), np.int32))
    assert likeness(nothing).tolist() == [[0, 0], [0, 0]]
