"""`BayesHead`: a meta-learned encoder with a closed-form Bayesian linear head; the flagship.

Encoder φ(x); head w ~ N(μ(descriptor), Λ⁻¹); latent = base(x) + wᵀφ(x). The support gives the exact posterior of w
(Gaussian and ranking) or its mode by a fixed number of Newton steps; new rows are exact rank-one updates; with a
catalogue each item also has an effect of its own that only this task's rows inform (buying it again). Sources: ALPaCA
(Harrison, Sharma, Pavone 2018), R2-D2 (Bertinetto et al. 2019), implicit ALS fold-in (Hu, Koren, Volinsky 2008).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from warmstart.learners.contract import Params
from warmstart.learners.gaussian import condition, spread
from warmstart.learners.likelihoods import LIKELIHOODS, belief, likelihood, outputs
from warmstart.learners.networks import inputs_width, tower, tower_init
from warmstart.learners.ordinal import cuts_init, cuts_of
from warmstart.types import Array, Latent, Query, Rows, Spec, Support, Widths

__all__ = ["BayesHead", "Head"]

_PHI = 3  # embedded rows are [base, doubt, level, features]


class Head(NamedTuple):
    """A task's posterior, a few kB; its observations are kept for the items' own effects and for explanations."""

    mean: Array
    """float32[features, outputs]"""
    covariance: Array
    """float32[features, features]"""
    item: Array
    """int32[support]: catalogue index of each observation; -1 for none"""
    phi: Array
    """float32[support, features]: rows of zeros are padding"""
    working: Array
    """float32[support, outputs]: what each observation says about wᵀφ (of a Newton step: its working response)"""
    noise: Array
    """float32[support]: variance of each observation"""


@dataclass(frozen=True)
class BayesHead:
    """Hyper-parameters: `features` of the head (intercept included) and `hidden` units of the encoder."""

    features: int = 32
    hidden: tuple[int, ...] = (128, 64)
    wide: bool = True
    """Whether a linear path leads around the encoder's hidden layers."""
    item_rate: float = 1.0
    """How fast, relative to everything else, items learn vectors of their own; > 0."""
    widest_bag: int | None = None
    """Sets and texts of more members than this, >= 0, are not read: few items share one of theirs. None reads all."""
    repeat: float = 3.0
    """Added to the score of items already chosen, once training is over: the likelihood understates them, since
    popularity counted in the same days flatters itself. 0 or more; chosen by recall@10 on tasks of an earlier month."""

    name: ClassVar[str] = "bayes_head"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS)
    streaming: ClassVar[frozenset[str]] = frozenset({"gaussian", "ranking"})

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """Start: a random encoder, a zero prior mean, unit prior precision; items start at their content."""
        ranking = spec.likelihood == "ranking"
        columns = outputs(spec)
        row, scale = self._read(spec.row), self.features**-0.5
        params: dict[str, Any] = {
            "row": tower_init(rng, row, self.hidden, self.features + 1, scale=scale, wide=self.wide),
            "mean": np.zeros((self.features, columns), np.float32),
            "log_precision": np.zeros(self.features, np.float32),
            "log_noise": np.float32(np.log(max(likelihood(spec.likelihood).initial_noise, 1e-3))),
        }
        if spec.likelihood == "ordinal":
            params["cuts"] = cuts_init(stats["class_count"])
        if not likelihood(spec.likelihood).initial_noise:
            params["log_doubt"] = np.float32(-2.0)
        if inputs_width(spec.descriptor):
            params["prior"] = tower_init(rng, spec.descriptor, (32,), self.features * columns, scale=0.0)
        if spec.items:
            count = stats["item_count"].astype(np.float32)
            params["item"] = np.zeros((spec.items, self.features + 1), np.float32)
            params["log_own"] = np.float32(1.0 if ranking else -4.0)
            params["log_half"] = np.float32(np.log(5.0))
            params["log_doubt"] = np.float32(-2.0)
            params.update({"level": np.float32(1.0)} if ranking else {})
            params["popularity"] = np.float32(1.0 if ranking else 0.0)
            params["fixed"] = {
                "repeat": np.float32(0.0),
                "count": count,
                "log_count": np.log((count + 0.5) / (count.max(initial=0.0) + 0.5)),
            }
        return params

    def settles(self, spec: Spec) -> tuple[str, ...]:
        """How far tasks lie apart, and the noise or, where there is none, the doubt of a row; of a ranking nothing."""
        if spec.likelihood == "ranking":
            return ()
        return "log_precision", "log_noise" if likelihood(spec.likelihood).initial_noise else "log_doubt"

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """For a ranking, the bonus of items already chosen."""
        if "level" not in params:
            return params
        return {**params, "fixed": {**params["fixed"], "repeat": np.float32(self.repeat)}}

    def _read(self, row: Widths) -> Widths:
        """The columns that the encoder reads: a bag that is too wide has width 0."""
        most = np.inf if self.widest_bag is None else self.widest_bag
        return replace(row, bags=tuple(size if size <= most else 0 for size in row.bags))

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """[base, doubt, level, 1, φ(x)]: float32[rows, 3 + features].

        An item moves from its content to a vector of its own as its count grows; `doubt` is the variance that its
        content alone leaves open, and of classes that of every row; `level` is what a choice of it says its latent is.
        """
        content = tower(params["row"], rows)
        xp = content.__array_namespace__()
        one = xp.ones_like(content[..., :1])
        if "item" not in params:
            doubt = 0 * one + (xp.exp(params["log_doubt"]) if "log_doubt" in params else 0.0)
            return xp.concatenate([0 * one, doubt, one, one, content[..., 2:]], axis=-1)
        known, at = ((item >= 0) * 1.0)[..., None], xp.maximum(item, 0)
        count = params["fixed"]["count"][at][..., None] * known
        gate = count / (count + xp.exp(params["log_half"]))
        log_count = params["fixed"]["log_count"]
        popularity = log_count[at][..., None] * known + log_count.min() * (1 - known)
        out = content + self.item_rate * gate * params["item"][at]
        ranking = "level" in params  # there the count is the item's own base, and a learned one would chase the season
        base = (content if ranking else out)[..., :1] + params["popularity"] * popularity
        doubt = xp.exp(params["log_doubt"]) * (1 - gate)
        level = params["level"] + out[..., 1:2] if ranking else one
        return xp.concatenate([base, doubt, level, one, out[..., 2:]], axis=-1)

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Head:
        """Posterior of the head given the support: exact for `streaming` likelihoods, else Laplace's approximation."""
        mean, variance = self._prior(params, descriptor)
        empty = support.x[:0, _PHI:]
        prior = Head(mean, variance, support.item[:0], empty, empty[:, :1] + 0 * mean[0], empty[:, 0])
        return self.update(spec, params, prior, support)

    def update(self, spec: Spec, params: Params, state: Head, support: Support) -> Head:
        """Posterior after further rows, the state being the prior; the same as adapting to all rows at once."""
        family, noise = likelihood(spec.likelihood), _noise(params)
        filled = (support.weight > 0) * 1.0
        phi = support.x[..., _PHI:] * filled[:, None]
        xp = phi.__array_namespace__()
        offset = (support.x[..., 0] + support.offset)[:, None] + cuts_of(params)
        weight = xp.where(filled > 0, support.weight, 1.0)
        own = xp.exp(params["log_own"]) if spec.items else 0.0 * noise
        y = support.y * support.x[..., 2]
        mean, covariance = state.mean, state.covariance
        for _ in range(family.newton_steps):
            moved = phi @ mean
            eta = moved + offset
            gradient, curvature = family.gradient(eta, y, noise), family.curvature(eta, y, noise)
            working = (moved + gradient / curvature[:, None]) * filled[:, None]
            row_noise = 1 / (curvature * weight) + own + support.x[..., 1]
            mean, covariance = condition(state.mean, state.covariance, phi, working, row_noise)
        held = (xp.where(filled > 0, support.item, -1), phi, working, row_noise)
        kept = (xp.concatenate([old, new], axis=0) for old, new in zip(state[2:], held, strict=True))
        return Head(mean, covariance, *kept)

    def predict(self, spec: Spec, params: Params, state: Head, query: Query) -> Latent:
        """Belief about each query row: mean of base + wᵀφ + the item's own effect, and but for a score its variance."""
        phi = query.x[..., _PHI:]
        eta = phi @ state.mean + (query.x[..., 0] + query.offset)[:, None]
        if spec.items:
            eta = eta + _own(params, state, _same(query, state))
        eta = eta + cuts_of(params)
        nothing = 0 * eta
        scored = spec.likelihood == "ranking"
        variance = nothing if scored else nothing + (_spread(params, state, phi) + query.x[..., 1])[:, None]
        return belief(spec, Latent(eta, variance, nothing + _noise(params)))

    def contributions(
        self, spec: Spec, params: Params, descriptor: Rows, state: Head, query: Query
    ) -> tuple[Array, Array]:
        """What the prior says [query, outputs] and what each support row adds to it [query, support, outputs]."""
        phi = query.x[..., _PHI:]
        xp = phi.__array_namespace__()
        mean, variance = self._prior(params, descriptor)
        prior = phi @ mean + (query.x[..., 0] + query.offset)[:, None] + cuts_of(params)
        parts = ((phi * variance) @ state.phi.T)[:, :, None] * _pull(state)[None, :, :]
        if spec.items:
            same = _same(query, state)
            alone = [_own(params, state, same & row[:, None]) for row in xp.eye(len(same), dtype=bool)]
            parts = parts + xp.stack(alone, axis=1) if alone else parts
        return prior, parts

    def item_vectors(self, embedded: Array) -> Array:
        """[base, φ(x)]: float32[items, 1 + features]."""
        xp = embedded.__array_namespace__()
        return xp.concatenate([embedded[..., :1], embedded[..., _PHI:]], axis=-1)

    def task_vectors(self, state: Head) -> Array:
        """[1, w], w being the head's mean: float32[..., 1 + features]."""
        mean = state.mean[..., 0]
        xp = mean.__array_namespace__()
        return xp.concatenate([xp.ones_like(mean[..., :1]), mean], axis=-1)

    def _prior(self, params: Params, descriptor: Rows) -> tuple[Array, Array]:
        mean = params["mean"]
        if "prior" in params:
            mean = mean + tower(params["prior"], descriptor).reshape(mean.shape)
        return mean, _variance(params)


def _variance(params: Params) -> Array:
    """float32[features]: of the head before any row; the diagonal of its covariance."""
    log_precision = params["log_precision"]
    return log_precision.__array_namespace__().exp(-log_precision)


def _spread(params: Params, state: Head, phi: Array) -> Array:
    """float32[query]: variance of wᵀφ, by whichever is smaller, the support or the features."""
    xp = phi.__array_namespace__()
    if state.phi.shape[0] < phi.shape[1]:
        return spread(_variance(params), state.phi, state.noise, phi)
    return xp.maximum(xp.sum((phi @ state.covariance) * phi, axis=-1), 0.0)


def _noise(params: Params) -> Array:
    log_noise = params["log_noise"]
    xp = log_noise.__array_namespace__()
    return xp.exp(log_noise) + 1e-4


def _same(query: Query, state: Head) -> Array:
    """bool[support, query]: whether both rows are of the same item."""
    return (state.item[:, None] == query.item[None, :]) & (state.item >= 0)[:, None]


def _pull(state: Head) -> Array:
    """float32[support, outputs]: what the head leaves unexplained of each observation, over its variance."""
    return (state.working - state.phi @ state.mean) / state.noise[:, None]


def _own(params: Params, state: Head, same: Array) -> Array:
    """float32[query, outputs]: what the task's rows say of each item alone; exact where they are of distinct items."""
    xp = same.__array_namespace__()
    effect = xp.exp(params["log_own"]) * _pull(state)
    # Select and sum, not a product: compiled as one loop, the [support, query] array is never made.
    own = xp.sum(xp.where(same[:, :, None], effect[:, None], 0.0), axis=0)
    return own + params["fixed"]["repeat"] * xp.any(same, axis=0)[:, None]
