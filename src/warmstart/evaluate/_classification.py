"""Accuracy, likelihood, calibration and separation of classes, per task."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._masked import Floats, masked_mean
from warmstart.evaluate._regression import qwk
from warmstart.evaluate._separation import ks, recall_at_fpr

__all__ = ["accuracy", "auc", "auprc", "brier", "classification_metrics", "log_loss"]

_TWO = 2
Integers = npt.NDArray[np.integer]


def _of_class(probability: Floats, y: Integers) -> Floats:
    """float64[tasks, query]: the probability that was given to class y."""
    return np.take_along_axis(probability, y[..., None].astype(np.int64), axis=-1)[..., 0]


def accuracy(y: Integers, probability: Floats, mask: Floats) -> Floats:
    """float64[tasks]: share of rows whose class is the most probable; in a tie, the chance of a fair draw."""
    best = probability == probability.max(axis=-1, keepdims=True)
    return masked_mean(_of_class(best / best.sum(axis=-1, keepdims=True), y), mask)


def log_loss(y: Integers, probability: Floats, mask: Floats) -> Floats:
    """float64[tasks]: mean of -log p(y), p kept one rounding error away from 0."""
    least = np.finfo(probability.dtype).eps
    return masked_mean(-np.log(np.clip(_of_class(probability, y), least, 1.0)), mask)


def brier(y: Integers, probability: Floats, mask: Floats) -> Floats:
    """float64[tasks]: mean squared error of the probabilities, summed over classes; halved where there are two."""
    classes = probability.shape[-1]
    error = ((probability - (y[..., None] == np.arange(classes))) ** 2).sum(axis=-1)
    return masked_mean(error / 2 if classes == _TWO else error, mask)


def auc(y: Integers, score: Floats, mask: Floats) -> Floats:
    """float64[tasks]: chance that a row of class 1 scores above a row of class 0, a tie counting half.

    All arguments [tasks, query]. For one pooled value, pass them reshaped to [1, rows].
    """
    tasks, query = np.nonzero(mask > 0)
    order = np.lexsort((score[tasks, query], tasks))
    tasks, query = tasks[order], query[order]
    values, positive, weight = score[tasks, query], y[tasks, query] > 0, mask[tasks, query].astype(np.float64)
    fresh = np.ones(len(tasks), dtype=bool)
    fresh[1:] = (tasks[1:] != tasks[:-1]) | (values[1:] != values[:-1])
    tie = np.cumsum(fresh) - 1  # rows of one task with one score
    owner = tasks[fresh]
    pos = np.bincount(tie, weight * positive, minlength=len(owner))
    neg = np.bincount(tie, weight * ~positive, minlength=len(owner))
    all_pos, all_neg = (np.bincount(owner, side, minlength=len(mask)) for side in (pos, neg))
    below = np.cumsum(neg) - neg - (np.cumsum(all_neg) - all_neg)[owner]
    won = np.bincount(owner, pos * (below + 0.5 * neg), minlength=len(mask))
    with np.errstate(invalid="ignore"):
        area: Floats = won / (all_pos * all_neg)
    return area


def auprc(y: Integers, score: Floats, mask: Floats) -> Floats:
    """float64[tasks]: average precision of class 1, equal scores taken together; NaN with one class only.

    All arguments [tasks, query]: the mean, over the rows of class 1, of the share of that class among all rows that
    score as high or higher. A constant score gives the share of the class.
    """
    tasks, query = np.nonzero(mask > 0)
    order = np.lexsort((-score[tasks, query], tasks))
    tasks, query = tasks[order], query[order]
    values, positive, weight = score[tasks, query], y[tasks, query] > 0, mask[tasks, query].astype(np.float64)
    fresh = np.ones(len(tasks), dtype=bool)
    fresh[1:] = (tasks[1:] != tasks[:-1]) | (values[1:] != values[:-1])
    tie = np.cumsum(fresh) - 1
    owner = tasks[fresh]
    found = np.bincount(tie, weight * positive, minlength=len(owner))
    size = np.bincount(tie, weight, minlength=len(owner))
    all_found, all_size = (np.bincount(owner, side, minlength=len(mask)) for side in (found, size))
    above, rows = (
        np.cumsum(side) - (np.cumsum(total) - total)[owner] for side, total in ((found, all_found), (size, all_size))
    )
    gained = np.bincount(owner, found * above / np.maximum(rows, 1e-300), minlength=len(mask))
    with np.errstate(invalid="ignore"):
        area: Floats = np.where(all_found < all_size, gained / all_found, np.nan)
    return area


def classification_metrics(y: Integers, probability: Floats, mask: Floats) -> dict[str, Floats]:
    """Every metric of class probabilities [tasks, query, classes]; `y` (class index) and `mask` are [tasks, query]."""
    found = {
        "accuracy": accuracy(y, probability, mask),
        "log_loss": log_loss(y, probability, mask),
        "brier": brier(y, probability, mask),
    }
    if probability.shape[-1] != _TWO:
        best = probability.argmax(axis=-1)
        return found | {"qwk": qwk(y.astype(np.float64), best.astype(np.float64), mask)}
    score = probability[..., 1]
    separation = {
        "auc": auc(y, score, mask),
        "auprc": auprc(y, score, mask),
        "ks": ks(y, score, mask),
        "recall@fpr1": recall_at_fpr(y, score, mask, 0.01),
    }
    return found | separation
