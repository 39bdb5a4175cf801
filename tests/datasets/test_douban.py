"""Douban's reader on three ratings of one user."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from warmstart.datasets.douban import BACK, SOURCE
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source

WORLD = {
    "douban_book.csv.gz": "user_id,item_id,rating\n1,7,4\n1,8,5\n",
    "douban_music.csv.gz": "user_id,item_id,rating\n1,7,2\n",
}


@pytest.mark.parametrize(("source", "target"), [(SOURCE, "music"), (BACK, "book")], ids=["to music", "to books"])
def test_one_catalogue(source: Source, target: str, in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Book 7 and music 7 are two items that say what they are; the directions differ in what is asked alone."""
    table = source.tables["cross_domain"](in_memory({name: text.encode() for name, text in WORLD.items()}))
    assert table.name == source.name
    assert table.frame.rows() == [("1", "book 7", 4.0), ("1", "book 8", 5.0), ("1", "music 7", 2.0)]
    assert table.items is not None
    assert table.items.rows() == [("book 7", "book"), ("book 8", "book"), ("music 7", "music")]
    assert (table.schema.domain, table.schema.target_domain) == ("domain", target)
