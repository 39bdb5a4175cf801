"""`signals`: what is watched in the rows of events: numbers, what is missing, labels that no training row had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from warmstart.engine.model import MetaModel
from warmstart.tables._values import floats
from warmstart.tables.schema import Column, Kind

__all__ = ["Signal", "signals"]

Floats = npt.NDArray[np.float64]
Measure = Literal["mean", "spread", "missing", "unknown", "surprise"]
_Read = Callable[[pl.DataFrame], Floats]

_REACH = 5.0  # standard deviations: what lies further counts as that
_LARGEST = 1e100  # so that a mean of squares is finite
_LARGEST_COUNT = 1e6


@dataclass(frozen=True)
class Signal:
    """One figure of each row."""

    column: str
    measure: Measure
    told: _Read
    """float64[rows]: what rows say in their own unit; NaN where they say nothing."""
    scaled: _Read
    """float64[rows]: the same within [0, 1]."""


def signals(model: MetaModel) -> tuple[Signal, ...]:
    """Of each column that a row of an event has: features and target, or the item where a catalogue has the features.

    They read frames that have all of these columns.
    """
    codec, item = model.codec, model.schema.item
    if item is not None:
        return (*_labels(item, lambda values: codec.item_index(values) < 0), *_target(model))
    return (*(signal for column in codec.row.columns for signal in _feature(model, column)), *_target(model))


def _feature(model: MetaModel, column: Column) -> Iterator[Signal]:
    row, name = model.codec.row, column.name
    if column.kind is Kind.CATEGORY:
        encoder = next(each for each in row.encoders if each.column == column)
        yield from _labels(name, lambda values: encoder.transform(values).codes[:, 0] == 0)
        return
    yield _missing(name)
    if column.kind is Kind.NUMBER:
        _, scaler = row.number(name)

        def standard(frame: pl.DataFrame) -> Floats:
            x = floats(frame[name])
            return np.where(np.isnan(x), np.nan, scaler.apply(x))

        yield from _number(name, standard)


def _target(model: MetaModel) -> Iterator[Signal]:
    target = model.codec.target
    name = target.column

    def encoded(frame: pl.DataFrame) -> Floats:
        return target.encode(frame).astype(np.float64)

    match target.likelihood:
        case "gaussian" if name is not None:
            yield from _number(name, encoded)
        case "negative_binomial" if name is not None:
            most = np.log1p(_LARGEST_COUNT)
            yield Signal(name, "mean", encoded, lambda frame: np.minimum(np.log1p(encoded(frame)) / most, 1.0))
        case "bernoulli" | "ordinal" if name is not None:
            yield Signal(name, "mean", encoded, lambda frame: encoded(frame) / (target.n_classes - 1))
        case (
            _
        ):  # a class without an order has no mean, a choice no target: what is watched is how well they are foreseen
            return


def _number(name: str, standard: _Read) -> Iterator[Signal]:
    """Where it lies, and how far from the middle: a number whose mean is 0 keeps it in any unit."""

    def told(frame: pl.DataFrame) -> Floats:
        return np.asarray(np.clip(floats(frame[name]), -_LARGEST, _LARGEST))

    yield Signal(name, "mean", told, lambda frame: 0.5 + np.clip(standard(frame), -_REACH, _REACH) / (2 * _REACH))
    yield Signal(name, "spread", told, lambda frame: np.minimum(np.abs(standard(frame)) / _REACH, 1.0))


def _labels(name: str, strange: Callable[[pl.Series], npt.NDArray[np.bool_]]) -> Iterator[Signal]:
    def unknown(frame: pl.DataFrame) -> Floats:
        values = frame[name]
        return np.where(values.is_null().to_numpy(), np.nan, strange(values))

    yield _missing(name)
    yield Signal(name, "unknown", unknown, unknown)


def _missing(name: str) -> Signal:
    def missing(frame: pl.DataFrame) -> Floats:
        return frame[name].is_null().to_numpy().astype(np.float64)

    return Signal(name, "missing", missing, missing)
