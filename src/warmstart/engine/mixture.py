"""Mixtures of beliefs: the latents of several learners about the same rows as one latent, for every likelihood.

Pure functions of arrays, vectorised over tasks and rows. What a mixture keeps is what users see: of numbers and counts
the mean and the variance (members that disagree make it wider), of classes the probabilities, of items their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from warmstart.engine.answer import class_probabilities
from warmstart.learners.ordinal import odds_above
from warmstart.types import Latent

__all__ = [
    "average",
    "item_probabilities",
    "mix",
    "mix_classes",
    "mix_counts",
    "mix_items",
    "mix_numbers",
    "weights_at",
    "within",
]

_TINY = 1e-12
_SCARCE = 1e-30
_LARGEST_VARIANCE = 3.0  # of a log rate: what `count_moments` takes at most


def weights_at(k: np.ndarray, shots: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Values [tasks, members] at support sizes k [tasks]: `table` [shots, members] interpolated linearly in log1p(k).

    Beyond the smallest and the largest of `shots` (rising) the outermost row holds.
    """
    at = np.clip(np.log1p(k), np.log1p(shots[0]), np.log1p(shots[-1]))
    right = np.clip(np.searchsorted(np.log1p(shots), at), 1, max(len(shots) - 1, 1))
    if len(shots) == 1:
        return np.repeat(table, len(at), axis=0)
    low, high = np.log1p(shots[right - 1]), np.log1p(shots[right])
    share = ((at - low) / (high - low))[:, None]
    return np.asarray((1 - share) * table[right - 1] + share * table[right])


def mix(likelihood: str, latents: Iterable[Latent], weights: np.ndarray, temperature: Sequence[float]) -> Latent:
    """One latent from those of the members, by `weights` [tasks, members] that sum to 1.

    `temperature` [members] divides scores of items; of any other latent it is not used.
    """
    match likelihood:
        case "ranking":
            return mix_items(latents, weights, temperature)
        case "bernoulli" | "categorical" | "ordinal":
            return mix_classes(list(latents), weights, likelihood)
        case "negative_binomial":
            return mix_counts(list(latents), weights)
        case _:
            return mix_numbers(list(latents), weights)


def within(latent: Latent, low: float, high: float) -> Latent:
    """The belief, its mean between these bounds and its deviation no more than lies between them."""
    variance = np.minimum(latent.variance, (high - low) ** 2)
    return latent._replace(mean=np.clip(latent.mean, low, high), variance=variance)


def mix_numbers(latents: Sequence[Latent], weights: np.ndarray) -> Latent:
    """Moments of a mixture of normals; what the members disagree about is epistemic variance."""
    share = _spread_out(weights, latents)
    means, variances, noises = _stacked(latents)
    mean = (share * means).sum(axis=0)
    variance = (share * (variances + (means - mean) ** 2)).sum(axis=0)
    return _float32(mean, variance, (share * noises).sum(axis=0))


def average(latents: Sequence[Latent]) -> Latent:
    """The mean of beliefs about numbers, each of which is calibrated for its own errors.

    The squared error of a mean is that of its parts less what these disagree about, exactly; the epistemic variance
    goes down by as much. Source: the ambiguity decomposition (Krogh, Vedelsby 1995).
    """
    means, variances, noises = _stacked(latents)
    variance = np.maximum(variances.mean(axis=0) - means.var(axis=0), 0)
    return _float32(means.mean(axis=0), variance, noises.mean(axis=0))


def mix_classes(latents: Sequence[Latent], weights: np.ndarray, likelihood: str) -> Latent:
    """Mean of the moderated probabilities: a logit, log probabilities or log odds above each cut; no variance."""
    probability = np.stack([class_probabilities(each, likelihood) for each in latents])
    mixed = np.maximum((weights.T[:, :, None, None] * probability).sum(axis=0), _TINY)
    if likelihood == "ordinal":
        above = odds_above(mixed)
        return _float32(above, 0 * above, 0 * above)
    log = np.log(mixed)
    mean = log[..., 1] - log[..., 0] if likelihood == "bernoulli" else log
    return _float32(mean, 0 * mean, 0 * mean)


def mix_counts(latents: Sequence[Latent], weights: np.ndarray) -> Latent:
    """As of numbers, on the scale of the log rate: the mean is the geometric mean of what the members expect, with
    which none of them can run away."""
    means, variances, noises = _stacked(latents)
    variances = np.minimum(variances, _LARGEST_VARIANCE)
    expected = [Latent(*parts) for parts in zip(means + variances / 2, variances, noises, strict=True)]
    mixed = mix_numbers(expected, weights)
    variance = np.minimum(mixed.variance, _LARGEST_VARIANCE)
    return Latent(mixed.mean - variance / 2, variance, mixed.noise)


def mix_items(latents: Iterable[Latent], weights: np.ndarray, temperature: Sequence[float]) -> Latent:
    """Log of the mean probability of each item [tasks, items]; members come one by one: one is in memory at a time."""
    total: np.ndarray | None = None
    for share, each, degrees in zip(weights.T, latents, temperature, strict=True):
        part = item_probabilities(each.mean, degrees)
        part *= share[:, None].astype(np.float32)
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    mean = np.log(np.maximum(total, np.float32(_SCARCE), out=total), out=total)
    return Latent(mean, np.zeros(len(mean), np.float32), np.zeros(len(mean), np.float32))


def item_probabilities(scores: np.ndarray, temperature: float) -> np.ndarray:
    """float32[tasks, items]: softmax of scores over temperature."""
    scores = np.asarray(scores, np.float32)
    odds = (scores - scores.max(axis=-1, keepdims=True)) / np.float32(temperature)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=-1, keepdims=True)
    return np.asarray(odds)


def _stacked(latents: Sequence[Latent]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, variances and noises, float64[members, tasks, query] each."""
    full = [[np.broadcast_to(np.asarray(part, np.float64), np.shape(each.mean)) for part in each] for each in latents]
    mean, variance, noise = (np.stack(parts) for parts in zip(*full, strict=True))
    return mean, variance, noise


def _spread_out(weights: np.ndarray, latents: Sequence[Latent]) -> np.ndarray:
    """Weights [members, tasks, 1], to go with stacked latents."""
    return np.asarray(weights.T.reshape(*weights.T.shape, *[1] * (np.ndim(latents[0].mean) - 1)))


def _float32(mean: np.ndarray, variance: np.ndarray, noise: np.ndarray) -> Latent:
    return Latent(*(np.asarray(part, np.float32) for part in (mean, variance, noise)))
