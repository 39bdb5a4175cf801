"""Content of items, or descriptors of tasks, as one sparse matrix: a block of columns for each encoded column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from warmstart.types import Rows

__all__ = ["block_of_column", "content_matrix", "fit_content"]

_FEWEST = 2  # a member of one row only would stand for that row

Content = Mapping[str, Any]


def fit_content(rows: Rows, most: int) -> dict[str, Any]:
    """Which codes and bag members become columns: at most the `most` commonest of each column, with their idf weights.

    {"numbers": int64[], "codes": {"0": …}, "bags": {"0": …}}; each entry is float32[vocabulary], 0 for no column.
    """
    codes = [_weights(rows.codes[:, [i]], most, rare=False) for i in range(rows.codes.shape[-1])]
    bags = [_weights(np.asarray(bag), most, rare=True) for bag in rows.bags]
    return {
        "numbers": np.array(rows.numbers.shape[-1]),
        "codes": {str(i): weights for i, weights in enumerate(codes)},
        "bags": {str(i): weights for i, weights in enumerate(bags)},
    }


def content_matrix(content: Content, rows: Rows) -> sparse.csr_matrix:
    """float64[rows, columns]: 1, the numbers, one-hot codes, bags weighted by idf and scaled to length 1."""
    n = len(rows.numbers)
    parts = [sparse.csr_matrix(np.ones((n, 1)))]
    if rows.numbers.shape[-1]:
        parts.append(sparse.csr_matrix(np.asarray(rows.numbers, dtype=np.float64)))
    for i, weights in _ordered(content["codes"]):
        parts.append(_hot(np.asarray(rows.codes)[:, [i]], weights))
    for i, weights in _ordered(content["bags"]):
        parts.append(_unit(_hot(np.asarray(rows.bags[i]), weights)))
    return sparse.hstack(parts, format="csr")


def block_of_column(content: Content) -> np.ndarray:
    """int64[columns]: 0 for the constant, 1 for the numbers, then one block for each code column and each bag."""
    widths = [1, int(content["numbers"])]
    widths += [int(np.count_nonzero(w)) for part in ("codes", "bags") for _, w in _ordered(content[part])]
    return np.repeat(np.arange(len(widths)), widths)


def _ordered(columns: Mapping[str, np.ndarray]) -> list[tuple[int, np.ndarray]]:
    return sorted((int(i), weights) for i, weights in columns.items())


def _weights(bag: np.ndarray, most: int, *, rare: bool) -> np.ndarray:
    """float32[vocabulary]: 1, or log(rows / rows with the member), of the commonest members; 0 elsewhere."""
    n = len(bag)
    row, place = np.nonzero(bag)
    size = int(bag.max(initial=0)) + 1
    pairs = np.unique(row * size + bag[row, place])
    count = np.bincount(pairs % size, minlength=size)
    kept = np.argsort(-count, kind="stable")[:most]
    kept = kept[count[kept] >= _FEWEST]
    weights = np.zeros(size, np.float32)
    weights[kept] = np.log((n + 1) / count[kept]) if rare else 1
    return weights


def _hot(bag: np.ndarray, weights: np.ndarray) -> sparse.csr_matrix:
    """float64[rows, columns]: the weight of each member that a row [rows, length] holds."""
    column = np.cumsum(weights > 0) - 1
    known = (bag > 0) & (bag < len(weights))
    known &= weights[np.where(known, bag, 0)] > 0
    row, place = np.nonzero(known)
    member = bag[row, place]
    shape = (len(bag), int(np.count_nonzero(weights)))
    held = sparse.csr_matrix((weights[member].astype(np.float64), (row, column[member])), shape=shape)
    held.sum_duplicates()
    return held


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-12)) @ matrix)
