"""The labels that get codes of their own."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from warmstart.tables._values import FEW, labels
from warmstart.tables._vocabulary import Vocabulary


def test_cap_keeps_the_most_frequent() -> None:
    """With room for two, the rarest of three labels is unknown."""
    labels = pl.Series(["c", "a", "b", "b", "a"])
    vocabulary = Vocabulary.fit(labels, cap=2)
    assert vocabulary.words == ("a", "b")
    assert vocabulary.codes(labels).tolist() == [0, 1, 2, 2, 1]


def test_nothing_seen() -> None:
    """Without labels everything is unknown."""
    vocabulary = Vocabulary.fit(pl.Series([None, None], dtype=pl.String))
    assert vocabulary.size == 1
    assert vocabulary.codes(pl.Series(["a", None])).tolist() == [0, 0]


def test_few_and_many_labels_have_the_same_codes() -> None:
    """A dictionary answers few rows, a join many; unknown and missing labels are 0 in both."""
    words = Vocabulary.fit(pl.Series(["a", "b", "b"]))
    few = pl.Series(["b", None, "a", "c"])
    many = pl.concat([few] * FEW)
    assert words.codes(few).tolist() == [1, 0, 2, 0]
    assert (words.codes(many).reshape(-1, 4) == words.codes(few)).all()


@given(st.lists(st.none() | st.text(max_size=4) | st.from_regex(r"\A\s?-?[0-9]{1,2}\.0{1,2}\s?\Z"), max_size=12))
def test_few_labels_are_read_as_many(texts: list[str | None]) -> None:
    """One by one, or all at once: blank is missing, 3.0 is 3."""
    few = pl.Series("x", texts, dtype=pl.String)
    many = pl.concat([few, pl.Series("x", ["a"] * FEW, dtype=pl.String)])
    assert labels(few).to_list() == labels(many)[: len(few)].to_list()
