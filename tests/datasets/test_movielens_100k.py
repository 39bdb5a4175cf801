"""MovieLens-100k's reader on two ratings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.movielens_100k import SOURCE

PART = "recbole/dataset_example/ml-100k/ml-100k."
WORLD = {
    f"{PART}inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t8\t3\t86400\n1\t9\t5\t86401\n",
    f"{PART}user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    "1\t24\tM\twriter\t05201\n",
    f"{PART}item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    '8\tThe "Up\t1995\tComedy Drama\n9\tunknown\t\tunknown\n',
}


def test_ratings_and_films(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Types after colons are not names, a lone quote is a letter, and seconds are a moment."""
    table = SOURCE.tables["recommend"](in_memory({name: text.encode() for name, text in WORLD.items()}))
    first = table.frame.row(0, named=True)
    assert (first["user"], first["item"], first["rating"]) == ("1", "8", 3.0)
    assert (first["time"], first["age"], first["zip_area"]) == (dt.datetime(1970, 1, 2), 24.0, "05")
    assert table.items is not None
    assert table.items.rows() == [("8", 1995.0, "Comedy Drama", 'The "Up'), ("9", None, "unknown", "unknown")]
