"""`audience`: which customers to show one item first, by their scores of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError

__all__ = ["audience"]


def audience(scores: npt.ArrayLike, size: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """int64[shown]: the `size` >= 1 customers of the highest scores [customers], best first, or all that are left.

    Minus infinity keeps a customer out, as one who may not be written to. Ties are broken by `rng`. Scores are compared
    between customers: of a score that only tells how much of an item's kind a customer takes, add the logarithm of how
    much the customer buys at all.

    Errors: `UsageError` for size < 1, another shape, a score that is no number or plus infinity.

    >>> import numpy as np
    >>> audience([0.1, 0.9, -np.inf, 0.5], 2, np.random.default_rng(0)).tolist()
    [1, 3]
    """
    values = np.asarray(scores, np.float64)
    if size < 1:
        raise UsageError(f"an audience has 1 or more customers; got {size}")
    if values.ndim != 1 or not (values < np.inf).all():
        raise UsageError(f"scores are numbers below infinity, one a customer; got shape {values.shape}: {values!s:.60}")
    order = np.lexsort((rng.random(len(values)), -values))[:size]
    return order[values[order] > -np.inf]
