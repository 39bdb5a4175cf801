"""Column attribution by hand."""

from __future__ import annotations

import numpy as np

from warmstart.explain.columns import hidden_column_effects
from warmstart.types import Rows

ROWS = Rows(
    np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32),
    np.array([[1], [2]], np.int32),
    (np.array([[3, 0], [1, 1]], np.int32),),
)
NAMES = (("price", "day", "day"), ("kind",), ("tags",))


def latent(rows: Rows) -> np.ndarray:
    """The sum of everything in a row, numbers by place."""
    return rows.numbers @ [1.0, 10.0, 100.0] + 1000 * rows.codes[:, 0] + 10000 * rows.bags[0].sum(axis=1)


def test_effects() -> None:
    """A column takes all its numbers with it; categories and bags become unknown; nothing else moves."""
    effects = hidden_column_effects(ROWS, NAMES, latent)
    assert {name: effect.tolist() for name, effect in effects.items()} == {
        "price": [1.0, 4.0],
        "day": [320.0, 650.0],
        "kind": [1000.0, 2000.0],
        "tags": [30000.0, 20000.0],
    }


def test_rows_stay_as_they_were() -> None:
    """Hiding works on copies."""
    before = [ROWS.numbers.copy(), ROWS.codes.copy(), ROWS.bags[0].copy()]
    hidden_column_effects(ROWS, NAMES, latent)
    for a, b in zip(before, (ROWS.numbers, ROWS.codes, *ROWS.bags), strict=True):
        assert np.array_equal(a, b)


def test_one_row_without_axis() -> None:
    """A descriptor has no row axis."""
    one = Rows(ROWS.numbers[0], ROWS.codes[0], (ROWS.bags[0][0],))
    effects = hidden_column_effects(one, NAMES, lambda rows: np.array([rows.numbers.sum() + rows.codes.sum()]))
    assert effects["day"].tolist() == [5.0]
    assert effects["kind"].tolist() == [1.0]


def test_no_columns() -> None:
    """Nothing to hide, nothing said."""
    none = Rows(np.zeros((2, 0), np.float32), np.zeros((2, 0), np.int32))
    assert hidden_column_effects(none, ((), (), ()), lambda rows: np.zeros(2)) == {}
