"""`survival_curve`: two customers by hand."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.decide.survival_curve import survival_curve
from warmstart.errors import UsageError

CURVE = survival_curve([0.2, 0.5, 0.0, 0.1], edges=(10, 20))


def test_chance_by_hand() -> None:
    """0.8, then half of it; between two edges along a straight line."""
    np.testing.assert_allclose(CURVE.chance, [[1, 0.8, 0.4], [1, 1, 0.9]])
    np.testing.assert_allclose(CURVE.at(0), [1, 1])
    np.testing.assert_allclose(CURVE.at(5), [0.9, 1])
    np.testing.assert_allclose(CURVE.at(15), [0.6, 0.95])
    np.testing.assert_allclose(CURVE.at(20), [0.4, 0.9])


def test_times_by_hand() -> None:
    """The area below: 9 + 6, and 10 + 9.5. Three quarters of the second interval down to a half; the other never."""
    np.testing.assert_allclose(CURVE.mean, [15, 19.5])
    np.testing.assert_allclose(CURVE.median, [17.5, np.inf])


def test_a_median_at_once_and_at_an_edge() -> None:
    """An event that is certain in the first interval comes in its middle; a half at an edge is there."""
    np.testing.assert_allclose(survival_curve([1.0, 0.5, 0.5, 0.0], edges=(10, 20)).median, [5, 10])


def test_refused() -> None:
    """Edges, hazards, numbers of rows and times that fit nothing."""
    with pytest.raises(UsageError, match="rise from above 0"):
        survival_curve([0.1, 0.1], edges=(10, 10))
    with pytest.raises(UsageError, match="expected 2 hazards, one an interval, for each customer; got 3 in all"):
        survival_curve([0.1, 0.1, 0.1], edges=(10, 20))
    with pytest.raises(UsageError, match="hazards from 0 to 1"):
        survival_curve([0.1, np.nan], edges=(10, 20))
    with pytest.raises(UsageError, match="from 0 to the last edge, 20; got 21"):
        CURVE.at(21)
