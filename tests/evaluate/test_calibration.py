"""What was said against what came true, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.evaluate.calibration import (
    LEVELS,
    Calibration,
    calibration_error,
    class_calibration,
    number_calibration,
)
from warmstart.evaluate.picture import calibration_png, calibration_svg
from warmstart.evaluate.result import Report, Row


def test_quantiles_of_numbers() -> None:
    """Two tasks: outcomes at -3, 0 and 3 deviations, and one row at the mean beside padding."""
    y, mask = np.array([[-3.0, 0, 3], [5, 99, 99]]), np.array([[1.0, 1, 1], [1, 0, 0]])
    mean = np.array([[0.0, 0, 0], [5, 0, 0]])
    rows, said, true = np.moveaxis(number_calibration(y, mean, np.ones_like(y), mask), 1, 0)
    assert (rows == 1).all()
    np.testing.assert_allclose(said, [LEVELS, LEVELS])
    middle = LEVELS.index(0.5)
    np.testing.assert_allclose(true[0], [1 / 3] * middle + [2 / 3] * (len(LEVELS) - middle))
    np.testing.assert_allclose(true[1], [0] * middle + [1] * (len(LEVELS) - middle))


def test_tenths_of_probabilities() -> None:
    """Of four rows two were said to be .95 likely, one of which came true; a task without rows is NaN."""
    probability = np.array([[0.95, 0.95, 0.02, 0.41], [0, 0, 0, 0]])
    y, mask = np.array([[1, 0, 0, 1], [0, 0, 0, 0]]), np.array([[1.0] * 4, [0.0] * 4])
    rows, said, true = class_calibration(y, probability, mask)[0]
    assert rows.tolist() == [0.25, 0, 0, 0, 0.25, 0, 0, 0, 0, 0.5]
    np.testing.assert_allclose(said[[0, 4, 9]], [0.02 / 4, 0.41 / 4, 1.9 / 4])
    assert true.tolist() == [0, 0, 0, 0, 0.25, 0, 0, 0, 0, 0.25]
    assert np.isnan(class_calibration(y, probability, mask)[1]).all()


def test_error_is_the_distance_weighed_by_how_often_it_was_said() -> None:
    """A quarter of the rows .4 too high, the others right; tasks alike leave nothing to chance."""
    one = np.array([[0.25, 0.75], [0.25 * 0.9, 0.75 * 0.2], [0.25 * 0.5, 0.75 * 0.2]])
    error, low, high = calibration_error(np.stack([one, one, one]))
    assert (error, low, high) == pytest.approx((0.1, 0.1, 0.1))


def test_sure_and_right_has_no_error_sure_and_wrong_has() -> None:
    """A thousand normal outcomes, told their own deviation and a third of it."""
    y = np.random.default_rng(0).normal(size=(20, 50))
    honest, bold = (number_calibration(y, np.zeros_like(y), np.full_like(y, v), np.ones_like(y)) for v in (1, 1 / 9))
    assert calibration_error(honest)[0] < 0.03
    assert calibration_error(bold)[0] > 0.15


def test_points_leave_out_empty_bins() -> None:
    """Sums of two tasks become means of the bins that hold something."""
    sums = np.array([[[1.0, 0], [0.3, 0], [1, 0]], [[1, 0], [0.5, 0], [0, 0]]])
    found = Calibration.of("all", "auto", 5, sums)
    assert (found.said, found.true, found.share) == ((0.4,), (0.5,), (1.0,))


def report(calibration: tuple[Calibration, ...]) -> Report:
    """Of one learner at two support sizes."""
    rows = tuple(Row("all", "auto", k, "mae", 0.5, 0.4, 0.6, False, 3, 1.0) for k in (0, 5))
    return Report("price", "cars", "kshot", 3, "auto", rows, "auto", calibration=calibration)


def test_pictures() -> None:
    """A line for each support size; nothing can be drawn of a ranking."""
    held = tuple(Calibration("all", "auto", k, LEVELS, LEVELS, (1.0,) * len(LEVELS)) for k in (0, 5))
    assert calibration_png(report(held)).startswith(b"\x89PNG")
    assert "K = 5" in calibration_svg(report(held))
    with pytest.raises(UsageError, match="expected a number, a count or two classes"):
        calibration_png(report(()))
