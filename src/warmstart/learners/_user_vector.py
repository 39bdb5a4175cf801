"""`UserVector`: what is believed of users while items are known, after rows about items and about further items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from warmstart.learners._factor_side import Evidence, expected_outer, posterior

__all__ = ["Told", "UserVector", "after_rows", "products", "taken"]


class UserVector(NamedTuple):
    """Belief about the vectors of users: their levels and factors."""

    mean: np.ndarray
    """float32[tasks, factors]"""
    covariance: np.ndarray
    """float32[tasks, factors, factors]"""


class Told(NamedTuple):
    """Support rows as a user's vector sees them."""

    left: np.ndarray
    """float64[tasks, support]: what the rating is above the mean and the item's level."""
    feature: np.ndarray
    """float64[tasks, support, factors]: what the user's vector is multiplied with."""
    weight: np.ndarray
    """float32[tasks, support]"""
    noise: np.ndarray
    """float64[tasks, support], or one for all rows."""
    covariance: np.ndarray
    """float[items, factors, factors]: what is not known of each item."""
    item: np.ndarray
    """int[tasks, support]: into `covariance`"""
    levels: Sequence[int] = (0,)
    """Which components of a vector are levels."""


def after_rows(mean: np.ndarray, covariance: np.ndarray, rows: Told, passes: int) -> UserVector:
    """Posterior after a prior float64[tasks, factors]; what is not known of an item adds to the noise of its row."""
    prior = mean, covariance
    for _ in range(passes):
        unsure = _at(rows.covariance, rows.item, expected_outer(mean, covariance, rows.levels))
        weighed = rows.feature * (rows.weight / (rows.noise + unsure))[..., None]
        precision = np.swapaxes(weighed, 1, 2) @ rows.feature
        mean, covariance = posterior(*prior, Evidence(precision, (weighed * rows.left[..., None]).sum(axis=1)))
    return UserVector(mean.astype(np.float32), covariance.astype(np.float32))


def products(
    state: UserVector, base: np.ndarray, feature: np.ndarray, unsure: np.ndarray, levels: Sequence[int] = (0,)
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and epistemic variance float64[tasks, items].

    Items have a `base` [items], a `feature` [items, factors] and an `unsure` part, [items, factors, factors].
    """
    mean, covariance = np.asarray(state.mean, np.float64), np.asarray(state.covariance, np.float64)
    outer = (feature[:, :, None] * feature[:, None, :]).reshape(len(feature), -1)
    variance = covariance.reshape(len(mean), -1) @ outer.T
    expected = expected_outer(mean, covariance, levels).reshape(len(mean), -1)
    return base + mean @ feature.T, variance + expected @ unsure.reshape(len(feature), -1).T


def taken(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Columns of [tasks, distinct] at `place`, [tasks, query] or shared [query]."""
    return np.take_along_axis(table, place, axis=1) if place.ndim > 1 else table[:, place]


def _at(covariance: np.ndarray, item: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """float64[tasks, support]: Σ covariance of each item · outer of its task."""
    distinct, place = np.unique(item, return_inverse=True)
    flat = covariance[distinct].reshape(len(distinct), outer.shape[1] * outer.shape[2])
    return taken(outer.reshape(len(outer), -1) @ flat.T, place.reshape(item.shape))
