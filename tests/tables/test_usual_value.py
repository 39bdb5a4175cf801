"""`told` and `usual_value`: by hand, for every kind of column."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from warmstart.tables.encode import fit_encoder
from warmstart.tables.schema import Column, Kind, Role
from warmstart.tables.usual_value import Told, told, usual_value

NONE = pl.Series("x", [None, None])


def column(kind: str) -> Column:
    """A feature of this kind."""
    return Column("x", Role.FEATURE, Kind(kind))


@pytest.mark.parametrize(
    ("kind", "values", "said", "usual"),
    [
        ("number", [3, 1, None, 40, 2], [3.0, 1.0, None, 40.0, 2.0], 3.0),
        ("number", ["1", "2", " 2 "], [1.0, 2.0, 2.0], 2.0),
        ("number", [1.0, None, None], [1.0, None, None], None),
        ("category", ["b", "a", "b", None], ["b", "a", "b", None], "b"),
        ("category", ["b", "a"], ["b", "a"], "a"),
        ("category", [3.0, 3.0, 1.0], ["3", "3", "1"], "3"),
        ("date", [date(2024, 5, 3), date(2024, 1, 2), date(2024, 6, 1)], ["2024-05-03", "2024-01-02", "2024-06-01"],
         "2024-05-03"),
        ("date", ["03/05/2024", "02/01/2024", "13/06/2024"], ["03/05/2024", "02/01/2024", "13/06/2024"], "03/05/2024"),
        ("text", ["so good", None], ["so good", None], None),
        ("set", [["a", "b"], None], ["a, b", None], None),
        ("vector", [[1.0, 2.0]], ["1.0, 2.0"], None),
    ],
)  # fmt: skip
def test_by_kind(kind: str, values: list[object], said: list[Told], usual: Told) -> None:
    """Medians and labels are values that were seen; where most say nothing, or of texts and sets, nothing is usual."""
    series = pl.Series("x", values)
    assert told(series, column(kind)) == said
    assert usual_value(series, column(kind)) == usual


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VECTOR])
def test_nothing_told(kind: Kind) -> None:
    """A column without values has no usual one."""
    assert told(NONE, column(kind)) == [None, None]
    assert usual_value(NONE, column(kind)) is None


def test_the_usual_row_is_encoded_like_any_other() -> None:
    """The encoder keeps what was usual in training rows, and can encode it."""
    columns = (Column("size", Role.FEATURE), Column("kind", Role.FEATURE, Kind.CATEGORY))
    train = pl.DataFrame({"size": [1.0, 2.0, 9.0], "kind": ["b", "b", "a"]})
    encoder = fit_encoder(train, columns)
    assert encoder.usual == {"size": 2.0, "kind": "b"}
    assert encoder.usual_row.numbers.tolist() == encoder.transform(train[1:2]).numbers.tolist()
    assert encoder.usual_row.codes.tolist() == encoder.transform(train[1:2]).codes.tolist()


def test_what_was_encoded_can_be_read_back() -> None:
    """Numbers, missing ones and known labels; an unknown label and a text are gone."""
    columns = (
        Column("size", Role.DESCRIPTOR),
        Column("kind", Role.DESCRIPTOR, Kind.CATEGORY),
        Column("about", Role.DESCRIPTOR, Kind.TEXT),
    )
    train = pl.DataFrame({"size": [1.0, None, 9.0], "kind": ["b", "b", "a"], "about": ["so", "it", "is"]})
    encoder = fit_encoder(train, columns)

    def back(**row: object) -> dict[str, Told]:
        one = encoder.transform(pl.DataFrame({name: [value] for name, value in row.items()}))
        return encoder.decoded(one._replace(numbers=one.numbers[0], codes=one.codes[0]))

    assert back(size=9.0, kind="a", about="so") == {"size": pytest.approx(9.0), "kind": "a", "about": None}
    assert back(size=None, kind="z", about=None) == {"size": None, "kind": None, "about": None}
