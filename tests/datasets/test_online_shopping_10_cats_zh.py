"""The Chinese reviews' reader on three reviews, one without words."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.online_shopping_10_cats_zh import SOURCE

ROWS = "cat,label,review\n书籍,1,很好\n酒店,0,太差\n酒店,0,\n"


def test_sentiment(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A review without words tells nothing and is left out."""
    table = SOURCE.tables["review"](in_memory({"reviews.csv.gz": gzip.compress(ROWS.encode())}))
    assert table.frame.rows() == [("书籍", "positive", "很好"), ("酒店", "negative", "太差")]
