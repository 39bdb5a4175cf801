"""What trees are told of a row that a factor model has answered: its answer, the user's level, what is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from warmstart.learners._likeness import likeness
from warmstart.learners._user_vector import UserVector
from warmstart.types import Latent, Support

__all__ = ["Remembered", "factor_features", "remember"]


class Remembered(NamedTuple):
    """What a support has taught, and the support."""

    vector: UserVector
    told: np.ndarray
    """float32[tasks, columns]: descriptor, level and its variance, rows, mean and standard deviation of y."""
    item: np.ndarray
    """int32[tasks, support]"""
    left: np.ndarray
    """float32[tasks, support]: y above the levels of user and item."""
    weight: np.ndarray
    """float32[tasks, support]"""


def remember(factors: Mapping[str, Any], vector: UserVector, descriptor: np.ndarray, support: Support) -> Remembered:
    """`factors` are the parameters of the model, `descriptor` is float32[tasks, columns]."""
    weight, item = np.asarray(support.weight), np.asarray(support.item)
    height = factors["mean"] + factors["item"][_place(factors, item)][..., 0]
    left = support.y - height - vector.mean[:, :1]
    rows = weight.sum(axis=1)
    total = np.maximum(rows, 1e-12)
    mean = (weight * support.y).sum(axis=1) / total
    spread = np.sqrt((weight * (support.y - mean[:, None]) ** 2).sum(axis=1) / total)
    columns = [vector.mean[:, 0], vector.covariance[:, 0, 0], rows, mean, spread]
    told = np.concatenate([descriptor, np.stack(columns, axis=1)], axis=1)
    return Remembered(vector, told.astype(np.float32), item, left.astype(np.float32), weight)


def factor_features(
    factors: Mapping[str, Any], content: Mapping[str, np.ndarray], state: Remembered, latent: Latent, item: np.ndarray
) -> np.ndarray:
    """float32[tasks, query, features] of query items [tasks, query], answered by `latent`."""
    vector = factors["item"][_place(factors, item)]
    levels = np.broadcast_to(state.told[:, None], (*item.shape, state.told.shape[1]))
    taste = np.einsum("tqf,tf->tq", vector[..., 1:], state.vector.mean[:, 1:])
    parts = [latent.mean, latent.variance, vector[..., 0], taste]
    near = _nearby(_alike(factors, content, item, state.item), state)
    return np.concatenate([np.stack(parts, axis=-1), levels, near], axis=-1).astype(np.float32)


def _place(factors: Mapping[str, Any], item: np.ndarray) -> np.ndarray:
    """Where an item's vector lies: that of an unknown item is the last."""
    return np.where(item >= 0, item, len(factors["item"]) - 1)


def _alike(
    factors: Mapping[str, Any], content: Mapping[str, np.ndarray], asked: np.ndarray, told: np.ndarray
) -> np.ndarray:
    """float32[1 + blocks, tasks, query, support]: by direction of the factors, then block by block of the content."""
    (a, at), (b, to) = (np.unique(item, return_inverse=True) for item in (asked, told))
    left, right = (_direction(factors["item"][_place(factors, item), 1:]) for item in (a, b))
    table = np.concatenate([np.maximum(left @ right.T, 0)[None] ** 2, likeness(content, a, b)])
    return np.asarray(table[:, at.reshape(asked.shape)[:, :, None], to.reshape(told.shape)[:, None, :]])


def _direction(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6))


def _nearby(alike: np.ndarray, state: Remembered) -> np.ndarray:
    """float32[tasks, query, 2 (1 + blocks)]: what is left over nearby, and the share of the support that is near."""
    weight = state.weight[:, None] * alike
    total = weight.sum(axis=-1)
    left = (weight * state.left[:, None]).sum(axis=-1) / (total + 1)
    share = total / np.maximum(state.weight.sum(axis=1), 1)[:, None]
    return np.moveaxis(np.concatenate([left, share]), 0, -1)
