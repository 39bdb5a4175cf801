"""How alike items are, block by block of their content; whole columns of names stay sparse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from warmstart.learners._content import block_of_column, content_matrix, fit_content
from warmstart.types import Rows

__all__ = ["fit_likeness", "likeness"]

_WIDTH = 0.5  # of the kernel of numbers, in standard deviations

Likeness = Mapping[str, np.ndarray]


def fit_likeness(known: Rows, catalogue: Rows, most: int) -> dict[str, np.ndarray]:
    """The content of a catalogue as arrays; columns and scales are those of the `known` rows.

    {"numbers": float32[items, numbers]} standardised, and "values", "columns", "offsets", "block" of a sparse matrix.
    """
    content = fit_content(known, most)
    x, block = content_matrix(content, catalogue), block_of_column(content)
    mean, spread = (np.asarray(f(known.numbers, axis=0, dtype=np.float64)) for f in (np.mean, np.std))
    numbers = (np.asarray(catalogue.numbers, np.float64) - mean) / np.where(spread > 0, spread, 1)
    held = sparse.csr_matrix(x[:, block > 1], dtype=np.float32)
    return {
        "numbers": numbers.astype(np.float32),
        "values": held.data,
        "columns": held.indices.astype(np.int32),
        "offsets": held.indptr.astype(np.int64),
        "block": block[block > 1] - 2,
        "blocks": np.arange(int(block.max()) - 1),
    }


def likeness(held: Likeness, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float32[blocks, n, m]: 0 to 1 of items a (int[n]) and b (int[m]), all 0 for -1; the numbers first.

    Numbers: a Gaussian kernel of their mean squared distance, 1 without any. Categories and bags: the cosine.
    """
    left, right = (held["numbers"][np.maximum(items, 0)] for items in (a, b))
    apart = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    near = np.exp(-np.maximum(apart, 0) / (2 * max(left.shape[1], 1) * _WIDTH**2))
    rows = sparse.csr_matrix(
        (held["values"], held["columns"], held["offsets"]), shape=(len(held["numbers"]), len(held["block"]))
    )
    x, z = rows[np.maximum(a, 0)].tocsc(), rows[np.maximum(b, 0)].tocsc()
    columns = [np.flatnonzero(held["block"] == block) for block in held["blocks"]]
    parts = [near, *((x[:, own] @ z[:, own].T).toarray() for own in columns)]
    known = (a >= 0)[:, None] & (b >= 0)
    return np.where(known, np.stack(parts), 0).astype(np.float32)
