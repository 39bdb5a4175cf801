"""Metrics of survival: four customers by hand, a naive loop, and what weighing censored ones out is for."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.evaluate._survival import Watched, kept_in_sight, survival_metrics
from warmstart.evaluate.metrics import concordance, integrated_brier

# A has the event in interval 1, B in 2; C was lost within 2, D was seen through both.
SEEN, CAME = np.array([[1, 2, 1, 2]]), np.array([[True, True, False, False]])


def test_concordance_by_hand() -> None:
    """A is before B, C and D, and B before D; who of B and C was first is unknown. A tie is half."""
    assert concordance(SEEN, CAME, np.array([[0.9, 0.3, 0.9, 0.5]])) == pytest.approx([2.5 / 4])
    assert concordance(SEEN, CAME, np.array([[4.0, 3.0, 2.0, 1.0]])) == pytest.approx([1.0])
    assert concordance(SEEN, CAME, np.zeros((1, 4))) == pytest.approx([0.5])


def test_concordance_needs_a_pair() -> None:
    """Two events in one interval are none, nor is an event beside padding."""
    seen, came = np.array([[1, 1], [2, 0]]), np.array([[True, True], [True, False]])
    assert np.isnan(concordance(seen, came, np.array([[1.0, 0.0], [1.0, 0.0]]))).all()


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=8))
def test_concordance_equals_a_naive_loop(customers: list[tuple[int, bool, int]]) -> None:
    """Over all pairs of customers."""
    rows = [(seen, came and seen > 0, risk) for seen, came, risk in customers]
    pairs = [
        (a[2] > b[2]) + 0.5 * (a[2] == b[2])
        for a, b in product(rows, rows)
        if a[1] and (b[0] > a[0] or (b[0] == a[0] and not b[1]))
    ]
    seen, came, risk = (np.array([column]) for column in zip(*rows, strict=True))
    expected = np.mean(pairs) if pairs else np.nan
    assert concordance(seen, came, risk) == pytest.approx([expected], nan_ok=True)


def test_kept_by_hand() -> None:
    """Nobody is lost in the first interval; of B, C and D who begin the second, C."""
    np.testing.assert_allclose(kept_in_sight(SEEN, CAME, 2), [1, 2 / 3])


def test_brier_by_hand() -> None:
    """A half for everyone is a quarter; the truth is 0, whatever is said of C after C was lost; D counts for C too."""
    kept = np.array([1, 2 / 3])
    assert integrated_brier(SEEN, CAME, np.full((1, 4, 2), 0.5), kept) == pytest.approx([0.25])
    said = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 0.3], [1.0, 1.0]]])
    assert integrated_brier(SEEN, CAME, said, kept) == pytest.approx([0.0])
    said[0, 3] = 0.8, 0.6
    assert integrated_brier(SEEN, CAME, said, kept) == pytest.approx([(0.04 / 4 + 1.5 * 0.16 / 4) / 2])


def test_censoring_is_weighed_out() -> None:
    """Where a fifth is lost in each interval, the score is that of the same customers had nobody been lost."""
    rng = np.random.default_rng(0)
    lost, came_in = (1 + (rng.random((100_000, 3)) < p).argmax(axis=1) for p in (0.2, [0.3, 0.5, 1.0]))
    never = ~(rng.random(100_000) < 1 - 0.8**3)
    lost = np.where(never, 4, lost)
    whole = integrated_brier(*_outcome(came_in, 4), np.full((1, 100_000, 2), [0.8, 0.3]), np.ones(2))
    seen, came = _outcome(came_in, lost)
    assert (~came).sum() > 30_000
    some = integrated_brier(seen, came, np.full((1, 100_000, 2), [0.8, 0.3]), kept_in_sight(seen, came, 2))
    assert some == pytest.approx(whole, abs=0.002)
    naive = integrated_brier(seen, came, np.full((1, 100_000, 2), [0.8, 0.3]), np.ones(2))
    assert abs(naive - whole) > 0.01


def _outcome(came_in: np.ndarray, lost: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """Seen and came of two intervals, where a customer is lost at the start of an interval."""
    came = (came_in < lost) & (came_in <= 2)
    return np.where(came, came_in, np.minimum(np.broadcast_to(lost, came.shape) - 1, 2))[None], came[None]


def test_rows_of_customers() -> None:
    """Intervals of a customer stand together; hazards after the event count; padding does not."""
    y = np.array([[1.0, 0.0, 0.0, 0.0, 9.0, 9.0]])
    weight = np.array([[1.0, 0.0, 1.0, 1.0, 0.0, 0.0]])
    hazard = np.array([[0.5, 0.5, 0.0, 0.2, 1.0, 1.0]])
    found = survival_metrics(y, hazard, weight, Watched(2, np.ones(2)))
    assert found["c_index"] == pytest.approx([1.0])
    assert found["ibs"] == pytest.approx([((0.5**2 + 0) / 2 + (0.25**2 + 0.2**2) / 2) / 2])
