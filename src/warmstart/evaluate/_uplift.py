"""What is gained by treating those first whose predicted effect is largest, per task.

The true effect of a row is never seen; the doubly robust score, whose mean over any rows is their mean effect, stands
in its place (Yadlowsky and others 2025, for curves made of it).
"""

from __future__ import annotations

import numpy as np

from warmstart.evaluate._masked import Floats, masked_mean

__all__ = ["qini", "uplift_at", "uplift_metrics"]


def qini(score: Floats, predicted: Floats, mask: Floats) -> Floats:
    """float64[tasks]: area between the curve of gain and that of a random order; all arguments [tasks, query].

    The curve gives, for each share of the rows, the sum of the scores of those with the largest `predicted` over the
    number of all rows; rows that are predicted alike come in random order. 0 where nothing is told apart.
    """
    real = mask > 0
    count = real.sum(axis=1)
    rows = np.maximum(count, 1)[:, None]
    order = np.argsort(np.where(real, -predicted, np.inf), axis=1, kind="stable")
    kept = np.take_along_axis(real, order, axis=1)
    gain = _even(
        np.take_along_axis(np.where(real, score, 0.0), order, axis=1),
        np.take_along_axis(np.where(real, predicted, 0.0), order, axis=1),
        kept,
    )
    curve = np.cumsum(gain, axis=1) / rows
    below = np.where(kept, curve - gain / (2 * rows), 0.0).sum(axis=1) / rows[:, 0]  # trapezia, each 1 / rows wide
    return np.where(count > 0, below - curve[:, -1] / 2, np.nan)


def _even(score: Floats, predicted: Floats, real: np.ndarray) -> Floats:
    """float64[tasks, query]: the mean score of the neighbours that are predicted alike; rows are in order."""
    fresh = np.ones(score.shape, bool)
    fresh[:, 1:] = (predicted[:, 1:] != predicted[:, :-1]) | (real[:, 1:] != real[:, :-1])
    tie = np.cumsum(fresh.ravel()) - 1
    mean: Floats = (np.bincount(tie, score.ravel()) / np.bincount(tie))[tie].reshape(score.shape)
    return mean


def uplift_at(score: Floats, predicted: Floats, mask: Floats, share: float) -> Floats:
    """float64[tasks]: mean score of the `share` of the rows with the largest `predicted`; equals share the last places.

    All other arguments are [tasks, query]. Times the share, it is the value of treating them and no others.
    """
    real = mask > 0
    wanted = np.ceil(share * real.sum(axis=1))[:, None]
    sunk = np.where(real, predicted, -np.inf)
    place = np.clip(wanted.astype(np.int64) - 1, 0, None)
    last = np.take_along_axis(-np.sort(-sunk, axis=1), place, axis=1)
    above, equal = real & (sunk > last), real & (sunk == last)
    left = (wanted - above.sum(axis=1, keepdims=True)) / np.maximum(equal.sum(axis=1, keepdims=True), 1)
    return masked_mean(score, np.where(above, 1.0, np.where(equal, left, 0.0)))


def uplift_metrics(score: Floats, predicted: Floats, mask: Floats) -> dict[str, Floats]:
    """Metrics of predicted effects: doubly robust `score`, `predicted` and `mask` are [tasks, query], in one unit."""
    score, predicted = np.asarray(score, np.float64), np.asarray(predicted, np.float64)
    return {"qini": qini(score, predicted, mask), "uplift@20": uplift_at(score, predicted, mask, 0.2)}
