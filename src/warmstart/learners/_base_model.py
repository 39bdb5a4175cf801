"""The global model under `Global`, `Shifted` and `SupportFeatures`: fitted, cross-fitted, applied to padded rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import UsageError
from warmstart.learners._boosting import Boosting, Table, cross_fit, folds_of, predict_link
from warmstart.learners._design import categorical_columns, fit_design, pair_matrix, row_matrix
from warmstart.learners.ordinal import odds_above, shares_of_levels
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Rows, Spec

__all__ = ["Base", "base_link", "fit_base", "is_ordered", "latent_mean", "link_of", "noise_of", "scores_of"]


class Base(NamedTuple):
    """A fitted global model."""

    params: dict[str, Any]
    """{"base": uint8[bytes], "design": columns, "noise": float32[], "ordered": bool[]}"""
    held_out: np.ndarray
    """float32[rows, outputs]: cross-fitted link of every training row."""


def fit_base(
    train: TaskArrays, boosting: Boosting, folds: int, seed: int, monotone: tuple[tuple[str, int], ...] = ()
) -> Base:
    """Fit on all rows with a weight; every row's `held_out` comes from a model that has not seen its task's group.

    `monotone` names number features in which the link may only rise (1) or only fall (-1). Errors: `UsageError` for
    another column.
    """
    design = fit_design(train)
    x = pair_matrix(design, train, np.arange(len(train.y)))
    signs = _signs(train, x.shape[1], monotone)
    table = Table(x, train.y, train.weight, None, categorical_columns(train), signs)
    fold = folds_of(train.group[train.task_of_row], folds, np.random.default_rng(seed))
    fitted = cross_fit(table, fold, boosting, train.spec, seed)
    noise = noise_of(train.spec, fitted.held_out, train.y, train.weight)
    ordered = train.spec.likelihood == "ordinal"
    params = {"base": fitted.model, "design": design, "noise": np.float32(noise), "ordered": np.array(ordered)}
    return Base(params, link_of(fitted.held_out, ordered=ordered))


def _signs(train: TaskArrays, width: int, monotone: tuple[tuple[str, int], ...]) -> tuple[int, ...]:
    """What is asked of each column of the matrix, in which the numbers of the rows stand first."""
    signs = [0] * width
    for column, sign in monotone:
        if train.encoder is None:
            raise UsageError(f"monotone: expected a table with a feature {column!r}; its columns have no names")
        signs[train.encoder.number(column)[0]] = sign
    return tuple(signs)


def base_link(
    params: Mapping[str, Any], descriptor: np.ndarray, rows: Rows, item: np.ndarray, threads: int
) -> np.ndarray:
    """float32[tasks, rows, outputs]: link of padded rows; `descriptor` is a matrix [tasks, features]."""
    x = row_matrix(params["design"], rows, item)
    told = np.broadcast_to(descriptor[:, None, :], (*x.shape[:2], descriptor.shape[-1]))
    pairs = np.concatenate([x, told], axis=-1)
    link = predict_link(params["base"], pairs.reshape(-1, pairs.shape[-1]), threads)
    link = link_of(link, ordered=is_ordered(params))
    return link.reshape(*x.shape[:2], link.shape[1])


def noise_of(spec: Spec, link: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Residual variance (gaussian), dispersion by moments (negative_binomial), else 0; `link` is [rows, outputs]."""
    total = max(float(weight.sum()), 1e-12)
    if spec.likelihood == "gaussian":
        return max(float((weight * (y - link[:, 0]) ** 2).sum()) / total, 1e-6)
    if spec.likelihood == "negative_binomial":
        rate = np.exp(np.clip(link[:, 0].astype(np.float64), -12, 12))
        extra = (weight * ((y - rate) ** 2 - rate)).sum()
        return float(np.clip(extra / max((weight * rate**2).sum(), 1e-12), 1e-4, 100))
    return 0.0


def _normalised(link: np.ndarray) -> np.ndarray:
    """The link [..., outputs]; of classes as log-probabilities, each at least 1e-9."""
    if link.shape[-1] == 1:
        return link
    odds = np.exp(link - link.max(axis=-1, keepdims=True))
    share: np.ndarray = np.log(np.maximum(odds / odds.sum(axis=-1, keepdims=True), 1e-9))
    return share


def link_of(scores: np.ndarray, *, ordered: bool) -> np.ndarray:
    """What trees say, as a link [..., outputs]: classes in an order are told apart cut by cut."""
    share = _normalised(scores)
    return odds_above(np.exp(share)) if ordered else share


def scores_of(link: np.ndarray, *, ordered: bool) -> np.ndarray:
    """The inverse of `link_of`, float32[..., classes] or the link itself: what trees add to."""
    return np.log(shares_of_levels(link)) if ordered else link


def latent_mean(link: np.ndarray, *, ordered: bool) -> np.ndarray:
    """float32[..., outputs] as a `Latent` has it: log-probabilities of classes, else without the last axis."""
    if link.shape[-1] == 1:
        return link[..., 0]
    return link if ordered else _normalised(link)


def is_ordered(params: Mapping[str, Any]) -> bool:
    """Whether a fitted global model is of classes in an order."""
    return bool(params.get("ordered", False))
