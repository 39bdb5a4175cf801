"""`companions`: which pairs of items complement each other, and which stand in for each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse, special

from warmstart.errors import UsageError

__all__ = ["Companions", "companions"]

_PRIOR = 2.0  # meetings that were seen, and as many that were to be expected: a lift of 1


class Companions(NamedTuple):
    """Pairs of items; lifts are posterior means of a rate against chance, with their central interval."""

    first: np.ndarray
    """int64[pairs]"""
    second: np.ndarray
    """int64[pairs]: above `first`."""
    together: np.ndarray
    """float64[pairs, 3]: low, mean, high of the baskets with both, against what the same customers' baskets give."""
    shared: np.ndarray
    """float64[pairs, 3]: low, mean, high of the customers who bought both, in whichever baskets, against chance."""
    complement: np.ndarray
    """bool[pairs]: surely together more often than chance."""
    substitute: np.ndarray
    """bool[pairs]: of one category, surely shared more often than chance, surely together less often."""


def companions(
    basket: np.ndarray,
    item: np.ndarray,
    customer: np.ndarray,
    category: np.ndarray,
    *,
    least: int = 5,
    level: float = 0.99,
) -> Companions:
    """Every pair of items that `least` (>= 1) customers share, judged by intervals of probability `level`, in (0, 1).

    Lines say `item` [lines] was in `basket` [lines]; `customer` [baskets] owns each basket, `category` [items] is what
    each item is. Chance leaves every customer's purchases as they are and spreads them over the customer's own baskets
    by their sizes, so that neither taste nor a large basket counts as belonging together: with s the sizes of the
    baskets of customer c, n(i, j) is expected to be the sum over c of n(c, i) n(c, j) sum(s^2) / sum(s)^2. Customers
    who bought both are compared with the same formula over all customers and their distinct items. Counts are Poisson,
    their rates Gamma (DuMouchel 1999, with one prior for all pairs). Errors: `UsageError` for a limit out of range.
    """
    if least < 1 or not 0 < level < 1:
        raise UsageError(f"companions: expected least >= 1 and level between 0 and 1; got {least} and {level}")
    shape = (len(customer), len(category))
    held = _ones(basket, item, shape)
    owner = _ones(customer, np.arange(len(customer)), (int(customer.max(initial=-1)) + 1, len(customer)))
    bought = (owner @ held).tocsr()
    known = bought.sign()
    both = sparse.triu(known.T @ known, 1).tocoo()
    first, second, shared = (part[both.data >= least].astype(np.int64) for part in (both.row, both.col, both.data))
    size = np.asarray(held.sum(axis=1)).ravel()
    spread = (owner @ size**2) / np.maximum(owner @ size, 1) ** 2
    together = _lift(
        _at(held.T @ held, first, second), _at(bought.T @ sparse.diags(spread) @ bought, first, second), level
    )
    taste, users = np.asarray(known.sum(axis=1)).ravel(), np.asarray(known.sum(axis=0)).ravel()
    chance = users[first] * users[second] * (taste**2).sum() / max(taste.sum(), 1) ** 2
    share = _lift(shared, chance, level)
    alike = category[first] == category[second]
    substitute = alike & (share[:, 0] > 1) & (together[:, 2] < 1)
    return Companions(first, second, together, share, together[:, 0] > 1, substitute)


def _ones(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _at(matrix: sparse.csr_matrix, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """float64[pairs]"""
    if not len(row):
        return np.zeros(0)
    return np.asarray(matrix.tocsr()[row, column]).ravel()


def _lift(count: np.ndarray, chance: np.ndarray, level: float) -> np.ndarray:
    """float64[pairs, 3]: low, mean and high of the Gamma posterior of count / chance."""
    shape, rate = count + _PRIOR, chance + _PRIOR
    low, high = (special.gammaincinv(shape, p) / rate for p in ((1 - level) / 2, (1 + level) / 2))
    return np.stack([low, shape / rate, high], axis=1)
