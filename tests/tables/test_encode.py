"""Row encoders: values a reader can check by hand, bad input, and properties that hold for any table."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import DataError, NotReady, UsageError
from warmstart.tables.encode import RowEncoder, fit_encoder
from warmstart.tables.schema import Column, Kind, Role
from warmstart.types import Rows


def column(name: str, kind: Kind, separator: str = ",") -> Column:
    """A feature."""
    return Column(name, Role.FEATURE, kind, separator)


def encoded(values: Sequence[Any], kind: Kind, query: Sequence[Any] | None = None, **options: str) -> Rows:
    """Fit on `values`, transform `query` (or the same values)."""
    encoder = fit_encoder(pl.DataFrame({"x": values}), [column("x", kind, **options)])
    return encoder.transform(pl.DataFrame({"x": values if query is None else query}))


def arrays(rows: Rows) -> list[np.ndarray]:
    """All arrays of some rows."""
    return [rows.numbers, rows.codes, *rows.bags]


def test_number_is_standardised() -> None:
    """1 and 3 have mean 2 and standard deviation 1; nothing is missing, so there is no flag."""
    assert encoded([1, 3], Kind.NUMBER).numbers.tolist() == [[-1.0], [1.0]]


def test_number_missing_in_training_has_a_flag() -> None:
    """Null and NaN are missing: the mean, and a flag beside it."""
    rows = encoded([1.0, 3.0, None, float("nan")], Kind.NUMBER)
    assert rows.numbers.tolist() == [[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]


def test_number_missing_later_is_the_mean() -> None:
    """A value that is first missing after training has no flag to raise."""
    assert encoded([1.0, 3.0], Kind.NUMBER, [None, 3.0]).numbers.tolist() == [[0.0], [1.0]]
    assert encoded([1.0, 3.0], Kind.NUMBER, [None, None]).numbers.tolist() == [[0.0], [0.0]]


def test_number_is_clipped() -> None:
    """A value far outside the training rows stays within five standard deviations."""
    assert encoded([1, 3], Kind.NUMBER, [10**9, -(10**9)]).numbers.tolist() == [[5.0], [-5.0]]


def test_many_rows_are_encoded_as_few_are() -> None:
    """Of few rows all numbers are encoded at once, of many each column by itself, to the bit the same."""
    rng = np.random.default_rng(0)
    n = 120_000
    gaps = np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n))
    told = {"plain": rng.normal(3, 2, n), "skewed": rng.lognormal(0, 2, n), "gaps": gaps, "kind": ["a"] * n}
    frame = pl.DataFrame(told)
    kinds = {"gaps": Kind.NUMBER, "kind": Kind.CATEGORY, "plain": Kind.NUMBER, "skewed": Kind.NUMBER}
    encoder = fit_encoder(frame, [column(name, kind) for name, kind in kinds.items()])
    many, few = encoder.transform(frame).numbers[:500], encoder.transform(frame.head(500)).numbers
    assert encoder.names.numbers == ("gaps", "gaps", "plain", "skewed")
    assert np.array_equal(many, few)
    alone = [each.transform(frame[each.column.name].head(500)).numbers for each in encoder.encoders]
    assert np.array_equal(few, np.concatenate(alone, axis=1))


def test_skewed_number_goes_through_its_quantiles() -> None:
    """A long tail becomes about normal, in the same order."""
    x = np.exp(3 * np.random.default_rng(0).standard_normal(2000))
    z = encoded(x.tolist(), Kind.NUMBER).numbers[:, 0]
    assert abs(float((z**3).mean())) < 0.1
    assert (np.diff(z[np.argsort(x)]) >= 0).all()


def test_constant_number_is_zero() -> None:
    """A column that never varies says nothing, rounding included."""
    np.testing.assert_allclose(encoded([0.1] * 7, Kind.NUMBER).numbers, 0, atol=1e-9)


def test_number_as_text_is_read() -> None:
    """Text that is a number is one."""
    assert encoded(["1", " 3 "], Kind.NUMBER).numbers.tolist() == [[-1.0], [1.0]]


def test_category_codes_by_count_then_value() -> None:
    """The most frequent label is 1, ties follow the text; missing and unknown are 0."""
    rows = encoded(["b", "c", "c", "a", None], Kind.CATEGORY, ["c", "a", "b", "new", None])
    assert rows.codes.tolist() == [[1], [2], [3], [0], [0]]


def test_category_label_does_not_depend_on_type() -> None:
    """3 and 3.0 are one label, so that a support file with a gap in it still fits."""
    assert encoded([3, 3, 4], Kind.CATEGORY, [3.0, 4.0, None]).codes.tolist() == [[1], [2], [0]]
    assert encoded(["3.0", "3.0", "4.0"], Kind.CATEGORY, [3, 4, None]).codes.tolist() == [[1], [2], [0]]


def test_set_is_ordered_by_frequency_without_repeats() -> None:
    """x is in all sets, y and z in two; an unknown member is left out."""
    rows = encoded(["x,y", "y, x ,x", "x,z", "z", None], Kind.SET, ["z,x", "q,y,y", ""])
    assert rows.bags[0].tolist() == [[1, 3], [2, 0], [0, 0]]


def test_sequence_keeps_order_and_the_last_members() -> None:
    """Of a sequence that is longer than usual the newest part is kept."""
    rows = encoded([["a", "b"], ["b"], ["b", "a"]], Kind.SEQUENCE, [["b", "a", "b", "a"]])
    assert rows.bags[0].tolist() == [[1, 2]]


def test_text_shares_words_and_pairs() -> None:
    """Two words and their pair; case does not matter, order does only to the pair."""
    one, same, turned = encoded(["Red shoe", "red  SHOE!", "shoe red"], Kind.TEXT).bags[0]
    assert one.tolist() == same.tolist()
    assert len(set(one.tolist())) == 3
    assert len(set(one.tolist()) & set(turned.tolist())) == 2
    assert ((one > 0) & (one < 2**15)).all()


def test_text_hash_never_changes() -> None:
    """Saved models rely on the buckets."""
    assert encoded(["red"], Kind.TEXT).bags[0].tolist() == [[21590]]


def test_long_text_is_cut() -> None:
    """At most 64 words and pairs a row."""
    assert encoded([" ".join(f"w{i}" for i in range(500))], Kind.TEXT).bags[0].shape == (1, 64)


def test_chinese_text_is_cut_into_words() -> None:
    """Two sentences about the same city share its word."""
    pytest.importorskip("rjieba")
    one, other = encoded(["我爱北京", "北京很大"], Kind.TEXT).bags[0]
    assert set(one.tolist()) & set(other.tolist()) - {0}


def test_chinese_text_without_rjieba_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rjieba English works and Chinese says what to install."""
    monkeypatch.setitem(sys.modules, "rjieba", None)
    encoded(["plain"], Kind.TEXT)
    with pytest.raises(NotReady, match=r"warmstart\[text\]"):
        encoded(["北京"], Kind.TEXT)


@pytest.mark.parametrize("values", [[[1.0, 0.0], [3.0, 0.0]], ["1;0", "3;0"]])
def test_vector(values: list[Any]) -> None:
    """Each component is standardised; one that never varies is 0."""
    rows = encoded(values, Kind.VECTOR, separator=";")
    assert rows.numbers.tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_missing_vector_has_a_flag() -> None:
    """A row without a vector is the mean, flagged."""
    rows = encoded([[1.0], [3.0], None], Kind.VECTOR)
    assert rows.numbers.tolist() == [[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]


def test_date_parts() -> None:
    """Monday the first of January starts every cycle: all sines 0, all cosines 1; the trend is standardised."""
    numbers = encoded([date(2024, 1, 1), date(2024, 1, 3)], Kind.DATE).numbers
    assert numbers.shape == (2, 7)
    np.testing.assert_allclose(numbers[0], [0, 0, 0, 1, 1, 1, -1], atol=1e-7)
    np.testing.assert_allclose(numbers[1, 0], np.sin(2 * np.pi * 2 / 7), rtol=1e-6)


def test_date_with_time_has_hours() -> None:
    """Six in the morning is a quarter turn of the day."""
    numbers = encoded([datetime(2024, 1, 1), datetime(2024, 1, 1, 6)], Kind.DATE).numbers
    assert numbers.shape == (2, 9)
    np.testing.assert_allclose(numbers[1, [3, 7]], [1, 0], atol=1e-7)


def test_date_as_text_is_read_value_by_value() -> None:
    """ISO text with and without a time of day, in one column, is the same as dates."""
    asked = ["2024-01-03T00:00:00Z", "2024-01-01"]
    rows = encoded([date(2024, 1, 1), date(2024, 1, 3)], Kind.DATE, asked)
    np.testing.assert_allclose(rows.numbers[:, 6], [1, -1])


@pytest.mark.parametrize("values", [[1.0, 3.0, 8.0], [2.0**i for i in range(40)], [0.0] * 5])
def test_a_number_is_found_by_name_and_comes_back_in_its_unit(values: list[float]) -> None:
    """Scaled or through its quantiles: what `apply` did is undone; its place follows a date's seven parts."""
    frame = pl.DataFrame({"day": [date(2024, 1, 1)] * len(values), "x": values, "kind": ["u"] * len(values)})
    encoder = fit_encoder(frame, [column("day", Kind.DATE), column("kind", Kind.CATEGORY), column("x", Kind.NUMBER)])
    place, scaler = encoder.number("x")
    assert place == 7
    np.testing.assert_allclose(scaler.undo(encoder.transform(frame).numbers[:, place]), values, rtol=1e-5, atol=1e-6)
    for name in ("day", "kind", "y"):
        with pytest.raises(UsageError, match=f"no feature '{name}' of kind 'number'; there are: x"):
            encoder.number(name)


def test_names_tell_the_source_of_every_array_column() -> None:
    """Numbers, codes and bags each name the table column that they come from."""
    frame = pl.DataFrame({"n": [1.0, None], "c": ["a", "b"], "d": [date(2024, 1, 1)] * 2, "s": ["a,b", "b,a"]})
    kinds = {"n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE, "s": Kind.SET}
    encoder = fit_encoder(frame, [column(n, k) for n, k in kinds.items()])
    assert encoder.names == (("n", "n", *["d"] * 7), ("c",), ("s",))
    assert encoder.widths.numbers == 9
    assert encoder.widths.codes == (3,)
    assert encoder.widths.bags == (3,)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (Kind.NUMBER, ["1", "two"], "column 'x': row 1: is no number; expected number; got 'two'"),
        (Kind.NUMBER, [1.0, float("inf")], "column 'x': row 1: is infinite"),
        (Kind.NUMBER, [date(2024, 1, 1)], "column 'x': is no number"),
        (Kind.CATEGORY, [["a"]], "column 'x': holds lists"),
        (Kind.VECTOR, [[1.0, 2.0], [1.0]], "column 'x': row 1: vector of another length; expected 2 numbers; got 1"),
        (Kind.VECTOR, [[1.0, 2.0], [1.0, None]], "column 'x': row 1: vector lacks a component"),
        (Kind.VECTOR, [None, "1,b"], "column 'x': row 1: vector holds no number"),
        (Kind.VECTOR, [None, None], "column 'x': holds no vector"),
        (Kind.DATE, ["2024-01-01", "soon"], "column 'x': row 1: is no date"),
        (Kind.DATE, [1, 2], "column 'x': is no date"),
    ],
)
def test_unfit_values_are_refused(kind: Kind, values: list[Any], said: str) -> None:
    """The error names column, row, what was expected and what came."""
    with pytest.raises(DataError) as caught:
        encoded(values, kind)
    assert str(caught.value).startswith(said)


def test_later_vector_of_another_length_is_refused() -> None:
    """The length is learnt from training rows."""
    with pytest.raises(DataError, match=r"row 0.*expected 2 numbers"):
        encoded([[1.0, 2.0]], Kind.VECTOR, [[1.0]])


def test_missing_column_is_refused() -> None:
    """In training and later."""
    encoder = fit_encoder(pl.DataFrame({"x": [1, 2]}), [column("x", Kind.NUMBER)])
    with pytest.raises(DataError, match=r"column 'x': missing.*got y"):
        encoder.transform(pl.DataFrame({"y": [1]}))
    with pytest.raises(DataError, match="column 'x': missing"):
        fit_encoder(pl.DataFrame({"y": [1]}), [column("x", Kind.NUMBER)])


def test_no_rows_and_no_columns() -> None:
    """Empty input gives empty arrays of the right width."""
    encoder = fit_encoder(pl.DataFrame({"x": [1, 2]}), [column("x", Kind.NUMBER)])
    assert encoder.transform(pl.DataFrame({"x": []})).numbers.shape == (0, 1)
    assert fit_encoder(pl.DataFrame({"x": [1]}), []).transform(pl.DataFrame({"x": [1]})).numbers.shape == (1, 0)


WORDS = st.none() | st.text(alphabet="ab, éß7'", max_size=12)
MEMBERS = st.none() | st.lists(st.sampled_from(["a", "b", "c"]), max_size=5)
TABLE_ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(allow_infinity=False),
        WORDS,
        WORDS,
        MEMBERS,
        MEMBERS,
        st.none() | st.dates(min_value=date(1000, 1, 1)),
        st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=2, max_size=2),
    ),
    min_size=1,
    max_size=12,
)
TYPES = {
    "number": pl.Float64,
    "category": pl.String,
    "text": pl.String,
    "set": pl.List(pl.String),
    "sequence": pl.List(pl.String),
    "date": pl.Date,
    "vector": pl.List(pl.Float64),
}
ALL_KINDS = [column(name, Kind(name)) for name in TYPES]


def table(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """One column of every kind."""
    return pl.DataFrame(rows, schema=TYPES, orient="row")


@given(TABLE_ROWS, TABLE_ROWS)
def test_encoded_values_are_finite_and_in_range(train: list[Any], later: list[Any]) -> None:
    """Whatever was trained on and whatever comes: finite numbers, codes within their vocabulary, no warning."""
    encoder = fit_encoder(table(train), ALL_KINDS)
    rows = encoder.transform(table(later))
    assert np.isfinite(rows.numbers).all()
    assert np.abs(rows.numbers).max() <= 5
    assert rows.numbers.shape == (len(later), encoder.widths.numbers)
    sizes = (*encoder.widths.codes, *encoder.widths.bags)
    for codes, size in zip([*rows.codes.T, *rows.bags], sizes, strict=True):
        assert ((codes >= 0) & (codes < size)).all()


@given(TABLE_ROWS, TABLE_ROWS)
def test_state_makes_the_same_encoder(train: list[Any], later: list[Any]) -> None:
    """Through JSON and arrays and back: identical bits."""
    encoder = fit_encoder(table(train), ALL_KINDS)
    values, held = encoder.to_state()
    again = RowEncoder.from_state(json.loads(json.dumps(values)), held)
    assert again.widths == encoder.widths
    for a, b in zip(arrays(encoder.transform(table(later))), arrays(again.transform(table(later))), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@given(TABLE_ROWS, TABLE_ROWS, st.randoms(use_true_random=False))
def test_rows_are_encoded_one_by_one(train: list[Any], later: list[Any], random: Any) -> None:
    """Rows in another order give the same rows in that order."""
    encoder = fit_encoder(table(train), ALL_KINDS)
    order = random.sample(range(len(later)), len(later))
    whole, shuffled = encoder.transform(table(later)), encoder.transform(table([later[i] for i in order]))
    for a, b in zip(arrays(whole), arrays(shuffled), strict=True):
        np.testing.assert_array_equal(a[order], b)


@given(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=8), st.text(min_size=4, max_size=5))
def test_unknown_label_is_zero(known: list[str], unknown: str) -> None:
    """A label of another length was never seen."""
    assert encoded(known, Kind.CATEGORY, [unknown]).codes.tolist() == [[0]]
