"""`demand_curve` on curves of a few horizons, by hand and against what sorting promises."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.decide.demand_curve import demand_curve
from warmstart.errors import UsageError

UNITS = st.floats(0, 1000)
CURVES = st.integers(1, 6).flatmap(
    lambda n: st.tuples(st.lists(UNITS, min_size=n, max_size=n), st.lists(UNITS, min_size=n, max_size=n))
)


def test_each_level_rises_by_itself() -> None:
    """The lower level crosses at its second horizon and the upper one at its third."""
    curve = demand_curve([[2.0, 1.0, 3.0], [4.0, 9.0, 8.0]])
    assert curve.tolist() == [[1.0, 2.0, 3.0], [4.0, 8.0, 9.0]]


def test_no_less_than_is_sold() -> None:
    """Three pieces are sold: whatever is foreseen to be less than that is that."""
    assert demand_curve([[1.0, 5.0], [4.0, 7.0]], sold=3).tolist() == [[3.0, 5.0], [4.0, 7.0]]


@given(CURVES)
def test_it_never_moves_away_from_a_truth_that_rises(curves: tuple[list[float], list[float]]) -> None:
    """The sum of absolute errors is no larger than before."""
    foreseen, truth = np.array(curves[0]), np.sort(curves[1])
    assert np.abs(demand_curve(foreseen[None])[0] - truth).sum() <= np.abs(foreseen - truth).sum() + 1e-6


@given(CURVES)
def test_levels_stay_in_order(curves: tuple[list[float], list[float]]) -> None:
    """A level that was nowhere above another is nowhere above it afterwards."""
    low, high = np.minimum(*curves), np.maximum(*curves)
    curve = demand_curve([low, high])
    assert (curve[0] <= curve[1]).all()


@pytest.mark.parametrize(
    ("quantiles", "sold", "said"),
    [
        ([1.0, 2.0], 0.0, "expected quantiles [levels, horizons], no gap; got shape (2,)"),
        ([[1.0, np.nan]], 0.0, "expected quantiles [levels, horizons], no gap; got shape (1, 2)"),
        ([[1.0]], -1.0, "expected units sold of 0 or more; got -1.0"),
        ([[1.0]], np.nan, "expected units sold of 0 or more; got nan"),
    ],
)
def test_what_is_refused(quantiles: Any, sold: float, said: str) -> None:
    """One level without its axis, a gap, sales that cannot be."""
    with pytest.raises(UsageError, match=re.escape(said)):
        demand_curve(quantiles, sold)
