"""From a latent belief to a `Prediction` in the user's unit."""

from __future__ import annotations

import numpy as np

from warmstart.learners.ordinal import shares_of_levels
from warmstart.prediction import Classes, Count, Levels, Normal, Prediction, Scores
from warmstart.tables.target import TargetEncoder
from warmstart.types import Latent

__all__ = ["LARGEST_LOG_RATE", "answer", "class_probabilities", "count_moments", "doubt"]

_PROBIT = np.pi / 8  # MacKay 1992: the logistic averaged over a Gaussian
LARGEST_LOG_RATE = 12.0  # and its least, negative
_LARGEST_VARIANCE = 3.0  # of a log rate: beyond it the mean of a log-normal explodes


def answer(latent: Latent, target: TargetEncoder, items: np.ndarray, *, k: int, version: str) -> Prediction:
    """Distribution of each query row of one task; `items`, str[items], names what is scored where scores are given."""
    return Prediction(_distribution(latent, target, items), "adapted" if k else "prior", k, version)


def _distribution(
    latent: Latent, target: TargetEncoder, items: np.ndarray
) -> Normal | Count | Classes | Levels | Scores:
    match target.likelihood:
        case "ranking":
            return Scores(latent.mean, items)
        case "bernoulli" | "categorical":
            return Classes(class_probabilities(latent, target.likelihood), target.classes)
        case "ordinal":
            return Levels(class_probabilities(latent, target.likelihood), target.classes, target.levels)
        case "negative_binomial":
            return Count(*count_moments(latent))
        case _:
            spread = np.asarray(_effect_variance(latent) if target.effect else latent.variance + latent.noise)
            spread = spread.astype(np.float64)
            return Normal(latent.mean, spread, shift=target.shift, scale=target.scale, log=target.log)


def _effect_variance(latent: Latent) -> np.ndarray:
    """Of an effect itself: the noise is that of scores; it stays where a learner says nothing of its own doubt."""
    variance = np.asarray(latent.variance)
    return np.where(variance > 0, variance, latent.noise)


def doubt(latent: Latent, target: TargetEncoder) -> np.ndarray | None:
    """float64[query]: variance of the expected answer, in the user's unit squared, without the noise of single answers.

    None where nothing is said of it: of scores and classes, and by learners that give no variance.
    """
    variance = np.broadcast_to(np.asarray(latent.variance, np.float64), np.shape(latent.mean))
    if target.likelihood not in ("gaussian", "negative_binomial") or not variance.any():
        return None
    variance = variance * target.scale**2
    if target.likelihood == "gaussian" and not target.log:
        return np.asarray(variance)
    mean = Prediction(_distribution(latent, target, np.zeros(0, str))).mean
    return np.asarray(mean**2 * np.expm1(np.minimum(variance, _LARGEST_VARIANCE)))


def class_probabilities(latent: Latent, likelihood: str) -> np.ndarray:
    """float64[..., classes], moderated by the variance of the latent."""
    eta = np.asarray(latent.mean, np.float64) / np.sqrt(1 + _PROBIT * latent.variance)
    if likelihood == "bernoulli":
        second = 0.5 * (1 + np.tanh(eta / 2))
        return np.stack([1 - second, second], axis=-1)
    if likelihood == "ordinal":
        return np.asarray(shares_of_levels(eta))
    odds = np.exp(eta - eta.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def count_moments(latent: Latent) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the count: a log-normal rate (matched moments) under negative binomial noise."""
    variance = np.minimum(np.asarray(latent.variance, np.float64), _LARGEST_VARIANCE)
    mean = np.exp(np.clip(latent.mean + variance / 2, -LARGEST_LOG_RATE, LARGEST_LOG_RATE))
    return mean, mean + (latent.noise * np.exp(variance) + np.expm1(variance)) * mean**2
