"""Isolation trees as arrays: grown by scikit-learn, kept without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.errors import NotReady

__all__ = ["anomaly", "grow"]

_EULER = 0.5772156649015329
_PAIR = 2
_ROWS_AT_ONCE = 4096


def grow(x: np.ndarray, trees: int, sample: int, seed: int) -> dict[str, np.ndarray]:
    """Trees on rows x [rows, features], each on `sample` of them, as arrays [trees, nodes] for `anomaly`.

    Errors: `NotReady` without scikit-learn.
    """
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError as error:
        raise NotReady("isolation_forest needs the package scikit-learn: pip install 'warmstart[boost]'") from error
    sample = min(sample, len(x))
    forest = IsolationForest(n_estimators=trees, max_samples=sample, random_state=seed).fit(x)
    grown = [estimator.tree_ for estimator in forest.estimators_]
    nodes = max(tree.node_count for tree in grown)

    def stack(values: list[np.ndarray], kind: type) -> np.ndarray:
        return np.stack([np.pad(value, (0, nodes - len(value))) for value in values]).astype(kind)

    leaf = [tree.children_left < 0 for tree in grown]
    inner = [np.where(at, 0, tree.feature) for at, tree in zip(leaf, grown, strict=True)]
    # A leaf points to itself, so that every row takes the same number of steps.
    own = [np.arange(tree.node_count) for tree in grown]
    left = [np.where(at, me, tree.children_left) for at, me, tree in zip(leaf, own, grown, strict=True)]
    right = [np.where(at, me, tree.children_right) for at, me, tree in zip(leaf, own, grown, strict=True)]
    length = [_depth(tree) + _unbuilt(tree.n_node_samples) for tree in grown]
    return {
        "feature": stack(inner, np.int32),
        "threshold": stack([tree.threshold for tree in grown], np.float64),
        "left": stack(left, np.int32),
        "right": stack(right, np.int32),
        "length": stack(length, np.float32),
        "steps": np.array(max(tree.max_depth for tree in grown)),
        "usual": _unbuilt(np.array([sample]))[0],
    }


def anomaly(forest: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
    """float32[rows]: 2 to the minus of the mean path length over the usual one; near 1 for rows that stand apart.

    `x` is float32[rows, features]. Source: Liu, Ting, Zhou 2008, equation 2.
    """
    parts = [_lengths(forest, x[start : start + _ROWS_AT_ONCE]) for start in range(0, len(x), _ROWS_AT_ONCE)]
    length = np.concatenate(parts) if parts else np.zeros(0)
    return np.asarray(2.0 ** (-length / max(float(forest["usual"]), 1e-12)), np.float32)


def _lengths(forest: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
    tree = np.arange(len(forest["left"]))
    at = np.zeros((len(x), len(tree)), np.int32)
    for _ in range(int(forest["steps"])):
        low = np.take_along_axis(x, forest["feature"][tree, at], axis=1) <= forest["threshold"][tree, at]
        at = np.where(low, forest["left"][tree, at], forest["right"][tree, at])
    return np.asarray(forest["length"][tree, at].mean(axis=1, dtype=np.float64))


def _depth(tree: Any) -> np.ndarray:
    """float64[nodes]: steps from the root; a child's number is always above its parent's."""
    depth = np.zeros(tree.node_count)
    for node in np.flatnonzero(tree.children_left >= 0):
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return depth


def _unbuilt(rows: np.ndarray) -> np.ndarray:
    """float64[...]: mean path length of a tree that would part so many rows (the same paper, equation 1)."""
    rows = np.asarray(rows, np.float64)
    more = np.maximum(rows, 3)
    length = 2 * (np.log(more - 1) + _EULER) - 2 * (more - 1) / more
    return np.where(rows > _PAIR, length, np.where(rows == _PAIR, 1.0, 0.0))
