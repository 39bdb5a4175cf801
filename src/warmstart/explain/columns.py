"""Column attribution: how the answer changes when a column is hidden: its training mean, or the unknown bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from warmstart.types import Rows

__all__ = ["hidden_column_effects"]


def hidden_column_effects(
    rows: Rows, names: Sequence[Sequence[str]], latent: Callable[[Rows], np.ndarray]
) -> dict[str, np.ndarray]:
    """Effect [query] of each source column on `latent(rows)`: the latent with the column minus the latent without it.

    `names` are the source columns of the encoded numbers, codes and bags (`RowEncoder.names`). One column at a time is
    hidden; columns that say the same thing share what they say, so effects need not add up.
    """
    numbers, codes, bags = names
    whole = latent(rows)
    return {
        column: whole
        - latent(_hide(rows, [n == column for n in numbers], [c == column for c in codes], [b == column for b in bags]))
        for column in dict.fromkeys((*numbers, *codes, *bags))
    }


def _hide(rows: Rows, numbers: Sequence[bool], codes: Sequence[bool], bags: Sequence[bool]) -> Rows:
    return Rows(
        np.where(np.asarray(numbers, bool), np.float32(0), rows.numbers),
        np.where(np.asarray(codes, bool), np.int32(0), rows.codes),
        tuple(np.zeros_like(bag) if hidden else bag for bag, hidden in zip(rows.bags, bags, strict=True)),
    )
