"""Target encoders, by hand and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import DataError, InternalError
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.target import TargetEncoder, fit_target


def schema(kind: Target, *, log: bool = False, levels: tuple[str, ...] = ()) -> Schema:
    """A task, an item and a target y."""
    columns = [Column("t", Role.TASK), Column("i", Role.ITEM, Kind.CATEGORY)]
    target = [] if kind is Target.CHOICE else [Column("y", Role.TARGET, log=log, levels=levels)]
    return Schema((*columns, *target), kind)


def fitted(values: list[Any], kind: Target, *, log: bool = False) -> tuple[TargetEncoder, np.ndarray]:
    """The encoder of some values, and the values encoded."""
    frame = pl.DataFrame({"y": values})
    encoder = fit_target(frame, schema(kind, log=log))
    return encoder, encoder.encode(frame)


def test_number() -> None:
    """1 and 3: mean 2, standard deviation 1."""
    encoder, y = fitted([1, 3], Target.NUMBER)
    assert (encoder.shift, encoder.scale, encoder.likelihood, encoder.n_classes) == (2.0, 1.0, "gaussian", 1)
    assert y.tolist() == [-1.0, 1.0]
    assert y.dtype == np.float32
    assert encoder.decode_location(0.5) == 2.5


def test_differences() -> None:
    """Of 1 and 5 a scale of 2 is left: no mean, and no ends that a difference would be held between."""
    encoder, _ = fitted([1, 5], Target.NUMBER)
    assert encoder.bounds == (1.0, 5.0)
    assert encoder.differences.decode_location(-3.0) == -6.0
    assert encoder.differences.bounds is None


def test_number_under_a_logarithm() -> None:
    """1 and e²: logarithms 0 and 2; the middle goes back to e."""
    encoder, y = fitted([1.0, float(np.exp(2))], Target.NUMBER, log=True)
    assert encoder.log
    np.testing.assert_allclose(y, [-1, 1])
    np.testing.assert_allclose(encoder.decode_location(np.array([0.0])), [np.e])


def test_number_that_never_varies() -> None:
    """A spread of nothing is not divided by."""
    encoder, y = fitted([0.1] * 7, Target.NUMBER)
    assert encoder.scale == 1.0
    np.testing.assert_allclose(y, 0, atol=1e-9)


def test_two_classes() -> None:
    """In order of the text; index 1 is the second label."""
    encoder, y = fitted(["yes", "no", "yes"], Target.CLASS)
    assert (encoder.classes, encoder.likelihood, encoder.n_classes) == (("no", "yes"), "bernoulli", 2)
    assert y.tolist() == [1, 0, 1]


def test_many_classes_in_order_of_their_numbers() -> None:
    """10 comes after 2 where all labels are numbers."""
    encoder, y = fitted([10, 2, 1], Target.CLASS)
    assert (encoder.classes, encoder.likelihood) == (("1", "2", "10"), "categorical")
    assert y.tolist() == [2, 1, 0]


def test_levels_that_are_numbers() -> None:
    """Stars are in the order of their numbers, and count as these."""
    encoder, y = fitted([5.0, 1.0, 4.0], Target.ORDINAL)
    assert (encoder.classes, encoder.likelihood, encoder.n_classes) == (("1", "4", "5"), "ordinal", 3)
    assert (y.tolist(), encoder.levels.tolist()) == ([2, 0, 1], [1, 4, 5])
    state, held = encoder.to_state()
    assert TargetEncoder.from_state(json.loads(json.dumps(state)), held) == encoder


def test_levels_that_have_names() -> None:
    """Their order is declared, those that no row has too; they count as their places."""
    declared = ("poor", "fair", "good", "best")
    encoder = fit_target(pl.DataFrame({"y": ["good", "poor"]}), schema(Target.ORDINAL, levels=declared))
    assert (encoder.classes, encoder.levels.tolist()) == (declared, [1, 2, 3, 4])
    assert encoder.encode(pl.DataFrame({"y": ["best", "fair"]})).tolist() == [3, 1]
    with pytest.raises(DataError, match="row 0: unseen class; expected one of poor, fair, good, best; got 'bad'"):
        fit_target(pl.DataFrame({"y": ["bad", "poor"]}), schema(Target.ORDINAL, levels=declared))


def test_declared_numbers_that_fall_count_as_places() -> None:
    """First place is best: 3 is the lowest level of three."""
    encoder = fit_target(pl.DataFrame({"y": [1, 2, 3]}), schema(Target.ORDINAL, levels=("3", "2", "1")))
    assert encoder.levels.tolist() == [1, 2, 3]
    assert encoder.encode(pl.DataFrame({"y": [1]})).tolist() == [2]


def test_two_levels_are_two_classes() -> None:
    """Between two classes there is one cut whatever their order."""
    assert fitted([1, 2], Target.ORDINAL)[0].likelihood == "bernoulli"


def test_count() -> None:
    """Counts stay counts."""
    encoder, y = fitted([0, 5], Target.COUNT)
    assert (encoder.likelihood, encoder.shift, encoder.scale) == ("negative_binomial", 0.0, 1.0)
    assert y.tolist() == [0, 5]


def test_choice() -> None:
    """Every row was chosen; there is no column."""
    encoder = fit_target(pl.DataFrame({"i": ["a", "b"]}), schema(Target.CHOICE))
    assert (encoder.likelihood, encoder.column) == ("ranking", None)
    assert encoder.encode(pl.DataFrame({"i": ["a", "b", "c"]})).tolist() == [1, 1, 1]
    with pytest.raises(InternalError, match="no unit"):
        encoder.decode_location(0.0)


@pytest.mark.parametrize(
    ("kind", "log", "values", "said"),
    [
        (Target.NUMBER, False, [1.0, None], "row 1: target is missing"),
        (Target.NUMBER, False, [1.0, float("nan")], "row 1: target is missing"),
        (Target.NUMBER, False, [1.0, float("-inf")], "row 1: is infinite"),
        (Target.NUMBER, False, ["1", "x"], "row 1: is no number"),
        (Target.NUMBER, False, [], "target has no rows"),
        (Target.NUMBER, True, [1.0, 0.0], "row 1: target has no logarithm; expected number above zero; got 0.0"),
        (Target.COUNT, False, [1, -1], "row 1: target is no count"),
        (Target.COUNT, False, [1.0, 0.5], "row 1: target is no count"),
        (Target.CLASS, False, ["a", None, "b"], "row 1: target is missing"),
        (Target.CLASS, False, ["a", "a"], "target never varies"),
        (Target.ORDINAL, False, [3, None], "row 1: target is missing"),
        (Target.ORDINAL, False, [3, 3], "target never varies"),
        (Target.ORDINAL, False, ["low", "top"], "levels have no order; expected numbers, or columns.y.levels"),
        (Target.ORDINAL, False, list(range(21)), "too many levels; expected at most 20"),
    ],
)
def test_unfit_targets_are_refused(kind: Target, log: bool, values: list[Any], said: str) -> None:
    """The error names column and row."""
    with pytest.raises(DataError) as caught:
        fitted(values, kind, log=log)
    assert str(caught.value).startswith(f"column 'y': {said}")


def test_unseen_class_and_missing_column_are_refused() -> None:
    """Later rows with a new label, or without the column."""
    encoder, _ = fitted(["a", "b"], Target.CLASS)
    with pytest.raises(DataError, match="row 1: unseen class; expected one of a, b; got 'c'"):
        encoder.encode(pl.DataFrame({"y": ["a", "c"]}))
    with pytest.raises(DataError, match="column 'y': missing"):
        encoder.encode(pl.DataFrame({"z": ["a"]}))
    with pytest.raises(DataError, match="column 'y': missing"):
        fit_target(pl.DataFrame({"z": ["a"]}), schema(Target.CLASS))


@pytest.mark.parametrize(("kind", "far"), [(Target.NUMBER, 1e300), (Target.NUMBER, -1e20), (Target.COUNT, 1e10)])
def test_a_target_that_lies_too_far_out(kind: Target, far: float) -> None:
    """Later rows with which nothing could be reckoned: what is so far from the training targets is refused."""
    encoder, _ = fitted([1.0, 2.0, 3.0], kind)
    with pytest.raises(DataError, match=r"column 'y': row 1: target lies too far out; expected \d ±"):
        encoder.encode(pl.DataFrame({"y": [1.0, far]}))
    assert np.isfinite(encoder.encode(pl.DataFrame({"y": [1e8]}))).all()


@given(st.lists(st.floats(1e-3, 1e6), min_size=2), st.booleans())
def test_numbers_come_back(values: list[float], log: bool) -> None:
    """Decoding an encoded number gives the number, to float32; the state gives the same encoder."""
    encoder, y = fitted(values, Target.NUMBER, log=log)
    slack = 1e-5 * max(values)
    np.testing.assert_allclose(encoder.decode_location(y), values, rtol=1e-4, atol=slack)
    state, held = encoder.to_state()
    assert TargetEncoder.from_state(json.loads(json.dumps(state)), held) == encoder
