"""A linear model of every number, category and word: a sparse matrix where it is fitted, sums where it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from warmstart.learners._row_parts import bags, numbers
from warmstart.tasks.arrays import TaskArrays, take_rows
from warmstart.types import Rows

__all__ = ["LinearDesign", "fit_design", "linear_link", "ridge"]

_ITERATIONS = 200

LinearDesign = Mapping[str, Any]
"""{"scale": float64[numbers], "worth": {column: float64[vocabulary]}}: categories are worth 1, words their rarity."""


def fit_design(train: TaskArrays) -> tuple[dict[str, Any], Any]:
    """The design, and the sparse matrix float64[rows, columns] of the training rows beside their descriptors.

    A word is worth the logarithm of how rare it is (Spärck Jones 1972); the words of a text have length 1 together.
    """
    told = take_rows(train.descriptor, train.task_of_row)
    plain = numbers(train.x, told)
    spread = plain.std(axis=0, dtype=np.float64)
    design: dict[str, Any] = {"scale": np.where(spread > 0, 1 / np.maximum(spread, 1e-9), 0), "worth": {}}
    parts = [sparse.csr_matrix(plain * design["scale"])]
    for name, bag, several in bags(train.x, told):
        size = int(bag.max(initial=0)) + 1
        row, at = np.nonzero(bag > 0)
        member = bag[row, at]
        held = np.bincount(np.unique(row * np.int64(size) + member) % size, minlength=size)
        worth = np.log((1 + len(bag)) / (1 + held)) + 1 if several else np.ones(size)
        worth[0] = 0
        design["worth"][name] = worth
        value = worth[member] / _length(worth, bag)[row]
        parts.append(sparse.csr_matrix((value, (row, member)), shape=(len(bag), size)))
    return design, sparse.hstack(parts, format="csr")


def linear_link(design: LinearDesign, weights: np.ndarray, rows: Rows, told: Rows) -> np.ndarray:
    """float64[...], from the start, of rows whose descriptors are `told`, both with these leading axes.

    A value that was not seen in training adds nothing.
    """
    plain = numbers(rows, told)
    at = plain.shape[-1]
    link: np.ndarray = (plain * design["scale"]) @ weights[:at]
    for name, bag, _ in bags(rows, told):
        worth = design["worth"][name]
        known = np.where(bag < len(worth), bag, 0)
        own = weights[at : at + len(worth)] * worth
        link = link + own[known].sum(axis=-1) / _length(worth, known)
        at += len(worth)
    return link


def ridge(x: Any, y: np.ndarray, weight: np.ndarray, penalty: float, *, classes: bool) -> np.ndarray:
    """float64[1 + columns]: the start and the weights of least squared error, or log loss of two classes, plus penalty.

    The start is not penalised. Sparse rows, L-BFGS (Liu, Nocedal 1989).
    """
    from scipy.optimize import minimize

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        link = found[0] + x @ found[1:]
        if classes:
            value, slope = np.logaddexp(0, link) - y * link, 1 / (1 + np.exp(-np.clip(link, -30, 30))) - y
        else:
            value, slope = 0.5 * (link - y) ** 2, link - y
        slope = weight * slope
        pull = np.concatenate([[slope.sum()], x.T @ slope + penalty * found[1:]])
        return float(weight @ value + 0.5 * penalty * found[1:] @ found[1:]), pull

    start = np.zeros(1 + x.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x)


def _length(worth: np.ndarray, bag: np.ndarray) -> np.ndarray:
    """float64[...]: of the vector of worths, 1 where there are none."""
    square = (worth**2)[bag].sum(axis=-1)
    return np.asarray(np.sqrt(np.where(square > 0, square, 1.0)))
