"""Column attribution by hand."""

from __future__ import annotations

import numpy as np

from warmstart.explain.columns import Encoded, usual_effects
from warmstart.tables.encode import Names
from warmstart.types import Rows

ROWS = Rows(
    np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32),
    np.array([[1], [2]], np.int32),
    (np.array([[3, 0], [1, 1]], np.int32),),
)
USUAL = Rows(np.array([[3.0, 2.0, 1.0]], np.float32), np.array([[2]], np.int32), (np.array([[0, 0]], np.int32),))
NAMES = Names(("price", "day", "day"), ("kind",), ("tags",))
SHOP = Encoded(
    Rows(np.array([5.0], np.float32), np.zeros(0, np.int32)),
    Rows(np.array([[2.0]], np.float32), np.zeros((1, 0), np.int32)),
    Names(("size",), (), ()),
)
NONE = Encoded(
    Rows(np.zeros((2, 0), np.float32), np.zeros((2, 0), np.int32)),
    Rows(np.zeros((1, 0), np.float32), np.zeros((1, 0), np.int32)),
    Names((), (), ()),
)
ASKED: list[tuple[int, ...]] = []


def latent(shop: Rows, rows: Rows) -> np.ndarray:
    """The sum of everything in a row, numbers by place; a shop's size a million each."""
    ASKED.append(rows.numbers.shape[:2])
    own = rows.numbers @ [1.0, 10.0, 100.0] + 1000 * rows.codes[..., 0] + 10000 * rows.bags[0].sum(axis=-1)
    return np.asarray(own + 1e6 * shop.numbers.sum(axis=-1)[:, None])


def test_effects() -> None:
    """As it is minus as usual; a column takes all its numbers with it, and what is usual has no effect."""
    effects = usual_effects(SHOP, Encoded(ROWS, USUAL, NAMES), latent)
    assert {name: effect.tolist() for name, effect in effects.items()} == {
        "size": [3e6, 3e6],
        "price": [-2.0, 1.0],
        "day": [200.0, 530.0],
        "kind": [-1000.0, 0.0],
        "tags": [30000.0, 20000.0],
    }


def test_one_question() -> None:
    """The rows as they are, and a copy for each of five columns, in one call."""
    ASKED.clear()
    usual_effects(SHOP, Encoded(ROWS, USUAL, NAMES), latent)
    assert ASKED == [(6, 2)]


def test_rounding_is_no_reason() -> None:
    """What is usual already has no effect, whatever the model makes of it."""
    same = Encoded(Rows(USUAL.numbers, USUAL.codes, USUAL.bags), USUAL, NAMES)
    effects = usual_effects(SHOP, same, lambda shop, rows: np.arange(6.0)[:, None])
    assert {name: effect.tolist() for name, effect in effects.items() if effect.any()} == {"size": [-1.0]}


def test_rows_stay_as_they_were() -> None:
    """Copies are changed."""
    before = [ROWS.numbers.copy(), ROWS.codes.copy(), ROWS.bags[0].copy()]
    usual_effects(SHOP, Encoded(ROWS, USUAL, NAMES), latent)
    for a, b in zip(before, (ROWS.numbers, ROWS.codes, *ROWS.bags), strict=True):
        assert np.array_equal(a, b)


def test_no_columns() -> None:
    """Nothing to change, nothing said."""
    bare = NONE._replace(rows=Rows(np.zeros(0, np.float32), np.zeros(0, np.int32)))
    assert usual_effects(bare, NONE, lambda shop, rows: np.zeros((1, 2))) == {}
