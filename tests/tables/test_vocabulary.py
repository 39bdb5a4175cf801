"""The labels that get codes of their own."""

from __future__ import annotations

import polars as pl

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
