"""`TargetEncoder`: the target column to what a likelihood is about, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import polars as pl

from warmstart.errors import DataError, InternalError
from warmstart.tables._column import State
from warmstart.tables._values import floats, labels
from warmstart.tables.schema import Schema, Target

__all__ = ["TargetEncoder", "fit_target"]

PAIR = 2
STEPS = 20  # a number with so few values is a scale, whose ends bound every answer
FLAT = 1e-9  # a spread this small beside the largest value is rounding
REACH = 1e9  # standard deviations, or a count: float32 still holds sums of the squares

_LIKELIHOODS = {
    Target.NUMBER: "gaussian",
    Target.CLASS: "categorical",
    Target.COUNT: "negative_binomial",
    Target.ORDINAL: "ordinal",
    Target.CHOICE: "ranking",
}
"""Of two classes it is bernoulli, whatever their order."""


@dataclass(frozen=True)
class TargetEncoder:
    """Fitted on the target of training rows."""

    type: Target
    column: str | None = None
    """None for a choice, which has no target column."""
    log: bool = False
    shift: float = 0.0
    """Mean of the training targets (after the logarithm, if any); 0 but for numbers."""
    scale: float = 1.0
    """Their standard deviation; 1 but for numbers."""
    classes: tuple[str, ...] = ()
    """Labels by class index; of ordered classes from the lowest."""
    bounds: tuple[float, float] | None = None
    """Least and largest training target of a number on a scale of few steps, such as stars; None for any other."""

    effect: bool = False
    """Whether differences of such targets are meant; an answer is then their mean, whose noise no one ever sees."""

    @property
    def likelihood(self) -> str:
        """Name of the likelihood that fits."""
        return "bernoulli" if self.n_classes == PAIR else _LIKELIHOODS[self.type]

    @property
    def n_classes(self) -> int:
        """Number of classes; 1 where there are none."""
        return max(1, len(self.classes))

    @property
    def levels(self) -> np.ndarray:
        """float64[classes]: what ordered classes count as: the rising numbers that they are, or their places from 1."""
        numbers = _as_numbers(pl.Series(self.classes, dtype=pl.String))
        rising = numbers is not None and bool((np.diff(numbers) > 0).all())
        return numbers if numbers is not None and rising else np.arange(1.0, self.n_classes + 1)

    def encode(self, frame: pl.DataFrame) -> np.ndarray:
        """float32[rows]: standardised number, class index, count, or 1 for a choice.

        Errors: `DataError` with column and row (counted from 0) for a missing, infinite, unseen or unfit target, and
        for one that lies so far out that nothing could be reckoned with it.
        """
        if self.column is None:
            return np.ones(frame.height, np.float32)
        if self.column not in frame.columns:
            raise DataError("missing", column=self.column, expected="the target column", got=", ".join(frame.columns))
        values = frame[self.column]
        if self.classes:
            return _indices(values, self.classes)
        y = _counts(values) if self.type is Target.COUNT else _numbers(values, self.log)
        with np.errstate(over="ignore"):
            z = (y - self.shift) / self.scale
        _refuse(values, np.abs(z) > REACH, "target lies too far out", f"{self.shift:g} ± {REACH * self.scale:g}")
        return z.astype(np.float32)

    @property
    def differences(self) -> Self:
        """The encoder of what a treatment adds to such targets: in their unit, without their mean and ends."""
        return replace(self, shift=0.0, bounds=None, effect=True)

    def decode_location(self, mean: Any) -> Any:
        """A location on the encoded scale in the user's unit: the mean, or the median where the logarithm is modelled.

        Errors: `InternalError` for a class or a choice, which has no unit.
        """
        if self.type not in (Target.NUMBER, Target.COUNT):
            raise InternalError(f"a target of type {self.type.value!r} has no unit to go back to")
        y = np.asarray(mean, np.float64) * self.scale + self.shift
        return np.exp(y) if self.log else y

    def to_state(self) -> State:
        """Plain values; there are no arrays."""
        return {**vars(self), "type": self.type.value, "classes": list(self.classes), "bounds": self.bounds}, {}

    @classmethod
    def from_state(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The encoder that `to_state` took apart."""
        bounds = None if values["bounds"] is None else tuple(values["bounds"])
        return cls(**{**values, "type": Target(values["type"]), "classes": tuple(values["classes"]), "bounds": bounds})


def fit_target(frame: pl.DataFrame, schema: Schema) -> TargetEncoder:
    """Fit on training rows.

    Errors: `DataError` with column and row (counted from 0) for a target that is missing, infinite or does not fit its
    type (not above zero under a logarithm, a count that is negative or broken, a level that is not among those
    declared), for a class that never varies, and for levels whose order is not known.
    """
    column = next((c for c in schema.columns if c.name == schema.target), None)
    if column is None or schema.target_type is Target.CHOICE:
        return TargetEncoder(Target.CHOICE)
    if column.name not in frame.columns:
        raise DataError("missing", column=column.name, expected="the target column", got=", ".join(frame.columns))
    values = frame[column.name]
    if schema.target_type is Target.CLASS:
        return TargetEncoder(Target.CLASS, column.name, classes=_classes(values))
    if schema.target_type is Target.COUNT:
        _counts(values)
        return TargetEncoder(Target.COUNT, column.name)
    if schema.target_type is Target.ORDINAL:
        return TargetEncoder(Target.ORDINAL, column.name, classes=_levels(values, column.levels))
    y = _numbers(values, column.log)
    if not len(y):
        raise DataError("target has no rows", column=column.name, expected="a row or more", got=0)
    spread = float(y.std())
    flat = spread <= FLAT * max(1.0, float(np.abs(y).max(initial=0.0)))
    steps = np.unique(y)
    bounds = (float(steps[0]), float(steps[-1])) if len(steps) <= STEPS else None
    scale = 1.0 if flat else spread
    return TargetEncoder(Target.NUMBER, column.name, column.log, float(y.mean()), scale, bounds=bounds)


def _refuse(values: pl.Series, bad: np.ndarray, message: str, expected: str) -> None:
    """Raise for the first row at which `bad` (bool[rows]) holds."""
    if bad.any():
        row = int(bad.argmax())
        got = "nothing" if values[row] is None else repr(values[row])
        raise DataError(message, column=values.name, row=row, expected=expected, got=got)


def _numbers(values: pl.Series, log: bool) -> np.ndarray:
    """float64[rows]: finite targets, or their logarithms."""
    y = floats(values)
    _refuse(values, np.isnan(y), "target is missing", "finite number")
    if not log:
        return y
    _refuse(values, y <= 0.0, "target has no logarithm", "number above zero")
    logs: np.ndarray = np.log(y)
    return logs


def _counts(values: pl.Series) -> np.ndarray:
    """float64[rows]: whole numbers from 0."""
    y = _numbers(values, log=False)
    _refuse(values, (y < 0.0) | (y != np.floor(y)), "target is no count", "whole number from 0")
    return y


def _classes(values: pl.Series) -> tuple[str, ...]:
    """Labels in order: of numbers if all are, else of the text."""
    text = labels(values)
    _refuse(values, text.is_null().to_numpy(), "target is missing", "class label")
    found = text.unique().sort()
    if len(found) < PAIR:
        raise DataError("target never varies", column=values.name, expected="two classes or more", got=list(found))
    numbers = _as_numbers(found)
    return tuple(found if numbers is None else found[np.argsort(numbers)])


def _levels(values: pl.Series, declared: tuple[str, ...]) -> tuple[str, ...]:
    """Labels from the lowest: those declared, else numbers."""
    found = _classes(values)
    if declared:
        _indices(values, declared)
        return declared
    if _as_numbers(pl.Series(found)) is None:
        expected = f"numbers, or columns.{values.name}.levels = [lowest, …, highest]"
        raise DataError("levels have no order", column=values.name, expected=expected, got=", ".join(found[:STEPS]))
    if len(found) > STEPS:
        expected = f"at most {STEPS}, or target type 'number'"
        raise DataError("too many levels", column=values.name, expected=expected, got=len(found))
    return found


def _as_numbers(found: pl.Series) -> np.ndarray | None:
    """float64[labels], where all are finite numbers."""
    numbers = found.cast(pl.Float64, strict=False)
    return None if numbers.null_count() or not numbers.is_finite().all() else numbers.to_numpy()


def _indices(values: pl.Series, classes: tuple[str, ...]) -> np.ndarray:
    """float32[rows]: index of each label."""
    text = labels(values)
    _refuse(values, text.is_null().to_numpy(), "target is missing", "class label")
    index = pl.Series(np.arange(len(classes), dtype=np.float32))
    known = pl.Series(classes, dtype=pl.String)
    found = text.replace_strict(known, index, default=None, return_dtype=pl.Float32)
    _refuse(values, found.is_null().to_numpy(), "unseen class", f"one of {', '.join(classes)}")
    return found.to_numpy()
