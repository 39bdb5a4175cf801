"""Column attribution: how the answer changes when a column says what is usual in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from warmstart.tables.encode import Names
from warmstart.types import Rows

__all__ = ["Encoded", "usual_effects"]


class Encoded(NamedTuple):
    """Encoded rows, what is usual in their columns, and which columns they come from."""

    rows: Rows
    """[query] rows, or a descriptor without axis."""
    usual: Rows
    """One row [1]."""
    names: Names


def usual_effects(
    descriptor: Encoded, query: Encoded, latent: Callable[[Rows, Rows], np.ndarray]
) -> dict[str, np.ndarray]:
    """Effect [query] of each source column on the latent: as it is, minus with this column at its usual value.

    `latent` takes copies of the descriptor [copies] and of the rows [copies, query] and gives [copies, query]; it is
    asked once about everything. Columns that say the same thing share what they say, so effects need not add up.
    """
    described, told = _one_usual(descriptor)
    asked, said = _one_usual(query)
    whole = latent(
        _gather(described, np.concatenate([np.arange(1 + len(told)), np.zeros(len(said), np.int64)])),
        _gather(asked, np.concatenate([np.zeros(1 + len(told), np.int64), np.arange(1, 1 + len(said))])),
    )
    moved = np.concatenate(
        [np.broadcast_to(_moved(described)[1:, None], (len(told), whole.shape[1])), _moved(asked)[1:]]
    )
    effects = np.where(moved, whole[0] - whole[1:], 0.0)  # no rounding passes for a reason
    return dict(zip([*told, *said], effects, strict=True))


def _one_usual(encoded: Encoded) -> tuple[Rows, list[str]]:
    """Rows [1 + columns, ...]: as they are, then with one column after the other as usual; and the columns."""
    rows, usual, names = encoded
    columns = list(dict.fromkeys(name for part in names for name in part))

    def replaced(x: np.ndarray, value: np.ndarray, part: tuple[str, ...]) -> np.ndarray:
        """`part` is the source column of each place on the last axis."""
        chosen = np.array([[False] * len(part), *([name == column for name in part] for column in columns)], bool)
        return np.where(chosen.reshape(len(columns) + 1, *[1] * (x.ndim - 1), len(part)), value, x)

    bags = zip(rows.bags, usual.bags, names[2], strict=True)
    return Rows(
        replaced(rows.numbers, usual.numbers[0], names[0]),
        replaced(rows.codes, usual.codes[0], names[1]),
        tuple(replaced(bag, value[0], (name,) * bag.shape[-1]) for bag, value, name in bags),
    ), columns


def _gather(rows: Rows, at: np.ndarray) -> Rows:
    return Rows(rows.numbers[at], rows.codes[at], tuple(bag[at] for bag in rows.bags))


def _moved(copies: Rows) -> np.ndarray:
    """bool[copies, ...]: what differs from the first copy."""
    differ = [(x != x[0]).any(axis=-1) for x in (copies.numbers, copies.codes, *copies.bags)]
    return np.asarray(np.logical_or.reduce(differ))
