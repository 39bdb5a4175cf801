"""`elasticities`: by how many per cent sales change with a price, as an adapted model believes, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from warmstart.errors import DataError, UsageError
from warmstart.tables.readers import read_table

__all__ = ["Elasticities", "elasticities"]

_ONE_STD = NormalDist().cdf(1.0)
_ALIKE = 0.05  # by how much what two rows say of each other may differ


@dataclass(frozen=True, eq=False)
class Elasticities:
    """One for each row that was asked."""

    mean: np.ndarray
    """float64[rows]: change of the logarithm of the target by that of the price."""
    low: np.ndarray | None
    high: np.ndarray | None
    """float64[rows]: the central interval of the slope; None where the model has no joint belief about several rows.

    It covers what is unknown of the task after its support, if the model's prior and form are right; neither single
    sales nor a model that is wrong.
    """


def elasticities(
    adapted: Any, rows: Any, price: str, *, logarithm: bool = False, step: float = 0.1, level: float = 0.9
) -> Elasticities:
    """Slope of the predicted log target between prices `step` above and below those of the rows (as logarithms).

    `adapted` is an `Adapted` of a number whose logarithm is modelled; `rows` any dataframe or file with its features,
    `price` the column that is moved, its own or a rival's: a price, or with `logarithm` the natural logarithm of one.

    The interval is exact where beliefs are jointly normal (`hierarchical`, `bayes_head`): how far a sale imagined at
    one price would move the answer at the other tells their covariance. What contradicts that has no interval.

    Errors: `DataError` for a missing column, a price that is no number above 0; `UsageError` for another target, and a
    step or level out of range.
    """
    if not step > 0 or not 0 < level < 1:
        raise UsageError(f"expected a step above 0 and a level between 0 and 1; got {step} and {level}")
    target = adapted.model.codec.target
    if not target.log:
        raise UsageError(f"an elasticity needs a target whose logarithm is modelled; {target.column!r} is not")
    frame = _checked(read_table(rows), price, logarithm)
    time = adapted.model.schema.time
    frame = frame.drop(time, strict=False) if time else frame
    sides = [_moved(frame, price, sign * step, logarithm) for sign in (-1, 1)]
    low, high = (_log_median(adapted, side) for side in sides)
    mean = (high - low) / (2 * step)
    spread = [_difference(adapted, *(side[i] for side in sides)) for i in range(frame.height)]
    if any(variance is None for variance in spread):
        return Elasticities(mean, None, None)
    half = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(np.array(spread, np.float64)) / (2 * step)
    return Elasticities(mean, mean - half, mean + half)


def _checked(frame: pl.DataFrame, price: str, logarithm: bool) -> pl.DataFrame:
    if price not in frame.columns:
        raise DataError("missing", column=price, expected="a column of the rows", got=", ".join(frame.columns))
    values = frame[price].cast(pl.Float64, strict=False)
    bad = ~values.is_finite().fill_null(value=False)
    bad = bad if logarithm else bad | (values <= 0).fill_null(value=True)
    if bad.any():
        row = int(bad.arg_max() or 0)
        expected = "finite logarithm of a price" if logarithm else "price above 0"
        raise DataError("no price", column=price, row=row, expected=expected, got=frame[price][row])
    return frame.with_columns(values)


def _moved(frame: pl.DataFrame, price: str, step: float, logarithm: bool) -> pl.DataFrame:
    return frame.with_columns(pl.col(price) + step if logarithm else pl.col(price) * float(np.exp(step)))


def _log_median(adapted: Any, rows: pl.DataFrame) -> np.ndarray:
    return np.asarray(np.log(adapted.predict(rows).median))


def _difference(adapted: Any, low: pl.DataFrame, high: pl.DataFrame) -> float | None:
    """Variance of the difference of two rows' expected log target; None where beliefs are not jointly normal.

    Under a jointly normal belief a sale one deviation above its expectation moves every row's expectation by their
    covariance over that deviation.
    """
    both = pl.concat([low, high])
    before = _log_median(adapted, both)
    deviation = np.log(adapted.predict(both).quantile(_ONE_STD)) - before
    target = adapted.model.schema.target
    covariance = np.zeros((2, 2))
    for at, row in enumerate((low, high)):
        imagined = row.with_columns(pl.lit(float(np.exp(before[at] + deviation[at]))).alias(target))
        covariance[at] = (_log_median(adapted.update(imagined), both) - before) * deviation[at]
    size = np.sqrt(covariance[0, 0] * covariance[1, 1]) if (np.diag(covariance) > 0).all() else 0.0
    if not size or abs(covariance[0, 1] - covariance[1, 0]) > _ALIKE * size:
        return None
    cross = covariance.sum() - np.trace(covariance)
    return max(float(np.trace(covariance) - cross), 0.0)
